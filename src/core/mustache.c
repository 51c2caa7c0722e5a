/* core/mustache.c: see mustache.h */
#include "mustache.h"

#include "invariant.h"

#include <string.h>

#define PAUSE_STEPS 1024		/* nodes between two pauses */

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
white(char c)
{
	return blank(c) || c == '\n' || c == '\r';
}

/* Reading */

typedef struct Delimiter
{
	char		text[DN_MUSTACHE_DELIMITER_MAX + 1];	/* room for the } of {{{name}}} */
	uint32_t	len;
} Delimiter;

typedef struct Reader
{
	const char *source;
	uint32_t	len;
	DnMustacheNode *node;
	uint32_t	room;
	uint32_t	n;
	Delimiter	open;
	Delimiter	close;
	DnMustacheNode section[DN_MUSTACHE_SECTIONS_MAX];	/* those that are open */
	uint32_t	section_n[DN_MUSTACHE_SECTIONS_MAX];	/* and their numbers */
	int			depth;
	bool		starts_line;	/* nothing of this line has become a node yet */
	DnMustacheError *err;
} Reader;

static bool
fail(Reader *r, DnMustacheFault fault, uint32_t at)
{
	r->err->fault = fault;
	r->err->at = at;
	return false;
}

static bool
fail_name(Reader *r, DnMustacheFault fault, uint32_t at, uint32_t name, uint32_t len)
{
	r->err->name = r->source + name;
	r->err->name_len = len;
	return fail(r, fault, at);
}

static bool
fail_open(Reader *r, DnMustacheFault fault, uint32_t at)
{
	const DnMustacheNode *open = &r->section[r->depth - 1];

	r->err->opened = r->source + open->at;
	r->err->opened_len = open->len;
	r->err->opened_at = open->tag;
	return fail(r, fault, at);
}

static void
add(Reader *r, DnMustacheNode node)
{
	node.starts_line = r->starts_line;
	r->starts_line = false;
	if (r->n < r->room)
		r->node[r->n] = node;
	r->n++;
}

static void
add_text(Reader *r, uint32_t from, uint32_t to)
{
	if (from < to)
	{
		add(r, (DnMustacheNode) {.kind = DN_MUSTACHE_TEXT, .at = from, .len = to - from, .tag = from});
		r->starts_line = r->source[to - 1] == '\n';
	}
}

static bool
stands(const Reader *r, uint32_t at, const Delimiter *d)
{
	return d->len <= r->len - at && memcmp(r->source + at, d->text, d->len) == 0;
}

/* Where the delimiter stands next; the length of the source if it does not. */
static uint32_t
find(const Reader *r, uint32_t from, const Delimiter *d)
{
	while (from < r->len)
	{
		const char *p = memchr(r->source + from, d->text[0], r->len - from);

		if (p == NULL)
			break;
		from = (uint32_t) (p - r->source);
		if (stands(r, from, d))
			return from;
		from++;
	}
	return r->len;
}

/* A word of set delimiters: no white space, and no = */
static bool
take_delimiter(const Reader *r, uint32_t *at, uint32_t end, Delimiter *d)
{
	uint32_t	from;

	while (*at < end && white(r->source[*at]))
		(*at)++;
	for (from = *at; *at < end && !white(r->source[*at]); (*at)++)
		if (r->source[*at] == '=')
			return false;
	d->len = *at - from;
	if (d->len == 0 || d->len > DN_MUSTACHE_DELIMITER_MAX)
		return false;
	memcpy(d->text, r->source + from, d->len);
	return true;
}

static bool
set_delimiters(Reader *r, uint32_t tag, uint32_t at, uint32_t end)
{
	Delimiter	open = {.len = 0},
				close = {.len = 0};

	if (!take_delimiter(r, &at, end, &open) || !take_delimiter(r, &at, end, &close))
		return fail(r, DN_MUSTACHE_BAD_DELIMITERS, tag);
	while (at < end && white(r->source[at]))
		at++;
	if (at < end)
		return fail(r, DN_MUSTACHE_BAD_DELIMITERS, tag);
	r->open = open;
	r->close = close;
	return true;
}

/* The name of a tag: one word, and no part of it empty; a single . is one. */
static bool
check_name(Reader *r, DnMustacheKind kind, uint32_t tag, uint32_t at, uint32_t len)
{
	const char *name = r->source + at;
	uint32_t	i;

	if (len == 0)
		return fail(r, DN_MUSTACHE_NO_NAME, tag);
	if (*name == '<' || *name == '$' || (kind == DN_MUSTACHE_PARTIAL && *name == '*'))
		return fail_name(r, DN_MUSTACHE_UNSUPPORTED, tag, at, len);
	for (i = 0; i < len; i++)
		if (white(name[i]))
			return fail_name(r, DN_MUSTACHE_BAD_NAME, tag, at, len);
	if (kind == DN_MUSTACHE_PARTIAL || (len == 1 && *name == '.'))
		return true;
	for (i = 0; i < len; i++)
		if (name[i] == '.' && (i == 0 || i + 1 == len || name[i - 1] == '.'))
			return fail_name(r, DN_MUSTACHE_BAD_NAME, tag, at, len);
	return true;
}

static bool
add_tag(Reader *r, DnMustacheNode node)
{
	const DnMustacheNode *open;

	switch ((DnMustacheKind) node.kind)
	{
		case DN_MUSTACHE_SECTION:
		case DN_MUSTACHE_INVERTED:
			if (r->depth == DN_MUSTACHE_SECTIONS_MAX)
				return fail_name(r, DN_MUSTACHE_SECTIONS_DEEP, node.tag, node.at, node.len);
			r->section[r->depth] = node;
			r->section_n[r->depth++] = r->n;
			break;
		case DN_MUSTACHE_END:
			if (r->depth == 0)
				return fail_name(r, DN_MUSTACHE_NO_SECTION, node.tag, node.at, node.len);
			open = &r->section[r->depth - 1];
			if (open->len != node.len || memcmp(r->source + open->at, r->source + node.at, node.len) != 0)
			{
				fail_name(r, DN_MUSTACHE_WRONG_END, node.tag, node.at, node.len);
				return fail_open(r, DN_MUSTACHE_WRONG_END, node.tag);
			}
			node.other = r->section_n[--r->depth];
			if (node.other < r->room)
				r->node[node.other].other = r->n;
			break;
		default:
			break;
	}
	add(r, node);
	return true;
}

/*
 * Reads all nodes of a template, and keeps those for which there is room.  The
 * number of all is *n; it is at most the length of the source.
 */
bool
dn_mustache_parse(const char *source, size_t len, DnMustacheNode *node, uint32_t room, uint32_t *n, DnMustacheError *err)
{
	Reader		r = {.source = source, .node = node, .room = room, .starts_line = true, .err = err,
	.open = {"{{", 2}, .close = {"}}", 2}};
	uint32_t	text = 0;		/* where the text begins that is no node yet */
	uint32_t	line = 0;		/* where the line begins, or the last tag of it ended */
	bool		first = true;	/* whether the line has no tag yet */

	memset(err, 0, sizeof(*err));
	err->source = source;
	if (len > DN_MUSTACHE_SOURCE_MAX)
		return fail(&r, DN_MUSTACHE_SOURCE_LONG, DN_MUSTACHE_SOURCE_MAX);
	r.len = (uint32_t) len;
	for (;;)
	{
		uint32_t	tag = find(&r, text, &r.open);
		Delimiter	close = r.close;
		DnMustacheNode new = {.kind = DN_MUSTACHE_VALUE, .tag = tag};
		char		sigil = '\0';
		bool		alone = true;
		uint32_t	at,
					end,
					next,
					i;

		if (tag == r.len)
			break;
		for (at = tag + r.open.len; at < r.len && white(source[at]);)
			at++;
		if (at < r.len && memchr("#^/>&{!=", source[at], 8) != NULL && !stands(&r, at, &r.close))
			sigil = source[at++];
		if (sigil == '{' || sigil == '=')
		{
			close.text[0] = sigil == '{' ? '}' : '=';
			memcpy(close.text + 1, r.close.text, r.close.len);
			close.len = r.close.len + 1;
		}
		end = find(&r, at, &close);
		if (end == r.len)
			return fail(&r, DN_MUSTACHE_TAG_OPEN, tag);
		next = end + close.len;

		/* does it stand alone in its lines? */
		for (i = text; i < tag; i++)
			if (source[i] == '\n')
			{
				line = i + 1;
				first = true;
			}
		for (i = line; alone && i < tag; i++)
			alone = blank(source[i]);
		alone = alone && first && sigil != '\0' && sigil != '&' && sigil != '{';
		first = false;
		if (alone)
		{
			for (i = next; i < r.len && blank(source[i]);)
				i++;
			if (i < r.len && source[i] == '\r' && i + 1 < r.len && source[i + 1] == '\n')
				i++;
			if (i == r.len || source[i] == '\n')
			{
				add_text(&r, text, line);
				next = i < r.len ? i + 1 : i;
				first = true;
			}
			else
				alone = false;
		}
		if (!alone)
			add_text(&r, text, tag);

		while (at < end && white(source[at]))
			at++;
		new.at = at;
		while (end > at && white(source[end - 1]))
			end--;
		new.len = end - at;

		/* the line is one of text, even if nothing of it is left */
		if (!alone && r.starts_line && (sigil == '!' || sigil == '='))
			add(&r, (DnMustacheNode) {.kind = DN_MUSTACHE_TEXT, .at = tag, .tag = tag});
		switch (sigil)
		{
			case '!':
				break;
			case '=':
				if (!set_delimiters(&r, tag, at, end))
					return false;
				break;
			default:
				new.kind = sigil == '#' ? DN_MUSTACHE_SECTION : sigil == '^' ? DN_MUSTACHE_INVERTED :
					sigil == '/' ? DN_MUSTACHE_END : sigil == '>' ? DN_MUSTACHE_PARTIAL :
					sigil != '\0' ? DN_MUSTACHE_RAW : DN_MUSTACHE_VALUE;
				new.alone = alone;
				new.indent = alone ? tag - line : 0;
				if (alone)
					r.starts_line = false;	/* its own line is not written */
				if (!check_name(&r, (DnMustacheKind) new.kind, tag, new.at, new.len) || !add_tag(&r, new))
					return false;
		}
		if (alone)
			r.starts_line = true;
		text = line = next;
	}
	add_text(&r, text, r.len);
	if (r.depth > 0)
		return fail_open(&r, DN_MUSTACHE_SECTION_OPEN, r.section[r.depth - 1].tag);
	dn_assert(r.n <= r.len);
	*n = r.n;
	return true;
}

/* Rendering */

/* The values that sections have opened, the innermost first. */
typedef struct Scope
{
	DnMustacheValue value;
	const struct Scope *outer;
} Scope;

/* The template at hand, and those that named it as a partial. */
typedef struct Page
{
	const DnMustache *template;
	const char *indent;			/* before each of its lines */
	uint32_t	indent_len;
	bool		indented;		/* whether it or an outer one has any */
	int			depth;
	const struct Page *outer;
} Page;

typedef struct Render
{
	const DnMustacheCalls *calls;
	DnMustacheFormat format;	/* of the page at hand */
	bool		mixed;			/* texts and partials that are HTML */
	bool		checks;			/* every section once, and names that are not there */
	bool		open;			/* of paragraphs: whether one has begun */
	int			breaks;			/* ends of lines since its last character, at most 2 */
	size_t		written;
	size_t		most;			/* bytes that may be */
	uint32_t	steps;
	int			scopes;
	DnMustacheError *err;
} Render;

static bool
stop(Render *r, const Page *page, const DnMustacheNode *node, DnMustacheFault fault)
{
	r->err->fault = fault;
	r->err->source = page->template->source;
	r->err->at = node->tag;
	if (node->kind != DN_MUSTACHE_TEXT)
	{
		r->err->name = page->template->source + node->at;
		r->err->name_len = node->len;
	}
	return false;
}

static bool
put_raw(Render *r, const char *text, size_t len)
{
	if (len > r->most - r->written)
		return false;
	r->written += len;
	if (len > 0 && !r->checks)
		r->calls->put(r->calls->caller, text, len);
	return true;
}

static const char *
entity(char c)
{
	switch (c)
	{
		case '&':
			return "&amp;";
		case '<':
			return "&lt;";
		case '>':
			return "&gt;";
		case '"':
			return "&quot;";
		case '\'':
			return "&#39;";
		default:
			return NULL;
	}
}

static bool
put_escaped(Render *r, const char *text, size_t len)
{
	const char *end = text + len;
	const char *from = text;

	for (; text < end; text++)
	{
		const char *instead = entity(*text);

		if (instead == NULL)
			continue;
		if (!put_raw(r, from, (size_t) (text - from)) || !put_raw(r, instead, strlen(instead)))
			return false;
		from = text + 1;
	}
	return put_raw(r, from, (size_t) (text - from));
}

static bool
put_words(Render *r, const char *text)
{
	return put_raw(r, text, strlen(text));
}

/* What separates a line from what was written before it. */
static bool
begin_line(Render *r)
{
	const char *between = !r->open ? "<p>" : r->breaks == 0 ? "" : r->breaks == 1 ? "<br>\n" : "</p>\n<p>";

	r->open = true;
	r->breaks = 0;
	return put_words(r, between);
}

static bool
end_paragraph(Render *r)
{
	bool		was_open = r->open;

	r->open = false;
	r->breaks = 0;
	return !was_open || put_words(r, "</p>\n");
}

/* Ends of lines are written when something follows them. */
static bool
put_lines(Render *r, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end)
	{
		const char *from = text;

		while (text < end && *text != '\n' && *text != '\r')
			text++;
		if (text > from && (!begin_line(r) || !put_escaped(r, from, (size_t) (text - from))))
			return false;
		for (; text < end && (*text == '\n' || *text == '\r'); text++)
			if (*text == '\n' && r->breaks < 2)
				r->breaks++;
	}
	return true;
}

/* A text of a template. */
static bool
put(Render *r, const char *text, size_t len)
{
	return r->format == DN_MUSTACHE_PARAGRAPHS ? put_lines(r, text, len) : put_raw(r, text, len);
}

/* The indentation of a page and of those around it, the outermost first. */
static bool
put_indent(Render *r, const Page *page)
{
	return !page->indented || (put_indent(r, page->outer) && put(r, page->indent, page->indent_len));
}

/* A text of the template: lines that are not empty are indented. */
static bool
put_text(Render *r, const Page *page, const DnMustacheNode *node)
{
	const char *text = page->template->source + node->at;
	const char *end = text + node->len;
	bool		starts_line = node->starts_line;

	if (!page->indented)
		return put(r, text, node->len);
	if (node->len == 0)
		return !starts_line || put_indent(r, page);
	while (text < end)
	{
		const char *line = memchr(text, '\n', (size_t) (end - text));
		const char *next = line != NULL ? line + 1 : end;
		bool		empty = *text == '\n' || (*text == '\r' && next - text == 2 && line != NULL);

		if ((starts_line && !empty && !put_indent(r, page)) || !put(r, text, (size_t) (next - text)))
			return false;
		text = next;
		starts_line = true;
	}
	return true;
}

/*
 * The value of a name.  Its first part is looked for in all scopes, from the
 * innermost one; the others are members of what was found.
 */
static bool
look_up(const Render *r, const Scope *scope, const char *name, size_t len, DnMustacheValue *value)
{
	const DnMustacheCalls *calls = r->calls;
	const char *end = name + len;
	const char *dot = memchr(name, '.', len);
	const char *stop = dot != NULL ? dot : end;

	*value = scope->value;
	if (len == 1 && dot == name)
		return true;
	for (; scope != NULL; scope = scope->outer)
		if (scope->value.type == DN_MUSTACHE_OBJECT &&
			calls->member(calls->caller, &scope->value, name, (size_t) (stop - name), value))
			break;
	if (scope == NULL)
		return false;
	while (stop < end)
	{
		DnMustacheValue object = *value;

		name = stop + 1;
		dot = memchr(name, '.', (size_t) (end - name));
		stop = dot != NULL ? dot : end;
		if (object.type != DN_MUSTACHE_OBJECT ||
			!calls->member(calls->caller, &object, name, (size_t) (stop - name), value))
			return false;
	}
	return true;
}

static bool
put_value(Render *r, const Page *page, const DnMustacheNode *node, const DnMustacheValue *value)
{
	const char *text;
	size_t		len;

	switch (value->type)
	{
		case DN_MUSTACHE_NULL:
			return true;
		case DN_MUSTACHE_SCALAR:
			r->calls->text(r->calls->caller, value, &text, &len);
			if (r->format == DN_MUSTACHE_HTML && node->kind == DN_MUSTACHE_VALUE ? put_escaped(r, text, len) : put(r, text, len))
				return true;
			return stop(r, page, node, DN_MUSTACHE_OUTPUT_LONG);
		default:
			return stop(r, page, node, DN_MUSTACHE_NO_TEXT);
	}
}

static bool span(Render *r, const Page *page, uint32_t from, uint32_t to, const Scope *scope);

/* The nodes of a section, within a value. */
static bool
within(Render *r, const Page *page, uint32_t at, const DnMustacheValue *value, const Scope *scope)
{
	const DnMustacheNode *node = &page->template->node[at];
	Scope		inner = {*value, scope};
	bool		good;

	dn_assert(node->other > at && page->template->node[node->other].other == at);
	if (r->scopes == DN_MUSTACHE_SCOPES_MAX)
		return stop(r, page, node, DN_MUSTACHE_SCOPES_DEEP);
	r->scopes++;
	good = span(r, page, at + 1, node->other + 1, &inner);
	r->scopes--;
	return good;
}

static bool
section(Render *r, const Page *page, uint32_t at, bool found, const DnMustacheValue *value, const Scope *scope)
{
	static const DnMustacheValue nothing = {.type = DN_MUSTACHE_NULL};
	uint32_t	i;

	if (!found || !value->truth)
		return !r->checks || within(r, page, at, &nothing, scope);
	if (value->type != DN_MUSTACHE_LIST)
		return within(r, page, at, value, scope);
	for (i = 0; i < value->n && (i == 0 || !r->checks); i++)
	{
		DnMustacheValue element;

		r->calls->element(r->calls->caller, value, i, &element);
		if (!within(r, page, at, &element, scope))
			return false;
	}
	return true;
}

/* A partial that is not there is empty. */
static bool
partial(Render *r, const Page *page, const DnMustacheNode *node, const Scope *scope)
{
	const char *name = page->template->source + node->at;
	DnMustache	template = {.html = false};
	Page		inner = {.template = &template, .depth = page->depth + 1, .outer = page};
	DnMustacheFormat outer = r->format;
	const Page *p;
	bool		good;

	if (page->depth == DN_MUSTACHE_PARTIALS_MAX)
		return stop(r, page, node, DN_MUSTACHE_PARTIALS_DEEP);
	if (!r->calls->partial(r->calls->caller, name, node->len, &template))
	{
		if (r->checks)
			r->calls->unknown(r->calls->caller, page->template, node);
		return true;
	}
	for (p = page; r->checks && p != NULL; p = p->outer)
		if (p->template->node == template.node)
			return true;		/* it names itself, and is looked at already */

	/* in a line with others, it is not indented */
	inner.indent = page->template->source + node->tag - node->indent;
	inner.indent_len = node->indent;
	inner.indented = node->alone && (page->indented || node->indent > 0);
	if (!r->mixed || (template.html == (outer == DN_MUSTACHE_HTML)))
		return span(r, &inner, 0, template.n, scope);

	/* from a text to HTML or back: blocks of their own */
	inner.indented = false;
	if (!end_paragraph(r))
		return stop(r, page, node, DN_MUSTACHE_OUTPUT_LONG);
	r->format = template.html ? DN_MUSTACHE_HTML : DN_MUSTACHE_PARAGRAPHS;
	good = span(r, &inner, 0, template.n, scope);
	r->format = outer;
	if (good && !end_paragraph(r))
		return stop(r, page, node, DN_MUSTACHE_OUTPUT_LONG);
	return good;
}

/* The nodes from one to before another. */
static bool
span(Render *r, const Page *page, uint32_t from, uint32_t to, const Scope *scope)
{
	const DnMustache *t = page->template;
	uint32_t	i;

	for (i = from; i < to; i++)
	{
		const DnMustacheNode *node = &t->node[i];
		DnMustacheValue value;
		bool		found;

		if (++r->steps > DN_MUSTACHE_STEPS_MAX)
			return stop(r, page, node, DN_MUSTACHE_STEPS_MANY);
		if (r->steps % PAUSE_STEPS == 0 && r->calls->pause != NULL)
			r->calls->pause(r->calls->caller);
		if (node->kind == DN_MUSTACHE_TEXT)
		{
			if (!put_text(r, page, node))
				return stop(r, page, node, DN_MUSTACHE_OUTPUT_LONG);
			continue;
		}
		if (node->starts_line && !put_indent(r, page))
			return stop(r, page, node, DN_MUSTACHE_OUTPUT_LONG);
		if (node->kind == DN_MUSTACHE_END)
			continue;
		if (node->kind == DN_MUSTACHE_PARTIAL)
		{
			if (!partial(r, page, node, scope))
				return false;
			continue;
		}
		found = look_up(r, scope, t->source + node->at, node->len, &value);
		if (!found && r->checks)
			r->calls->unknown(r->calls->caller, t, node);
		if (node->kind == DN_MUSTACHE_SECTION)
		{
			if (!section(r, page, i, found, &value, scope))
				return false;
			i = node->other;
		}
		else if (node->kind == DN_MUSTACHE_INVERTED)
		{
			if (found && value.truth && !r->checks)
				i = node->other;
		}
		else if (found && !put_value(r, page, node, &value))
			return false;
	}
	return true;
}

static bool
run(Render *r, const DnMustache *template, const DnMustacheValue *context)
{
	Page		page = {.template = template};
	Scope		scope = {*context, NULL};

	memset(r->err, 0, sizeof(*r->err));
	if (!span(r, &page, 0, template->n, &scope))
		return false;
	if (end_paragraph(r))
		return true;
	r->err->fault = DN_MUSTACHE_OUTPUT_LONG;
	r->err->source = template->source;
	r->err->at = template->len;
	return false;
}

/* Renders a template; false leaves in *err why it cannot be, whatever was written before. */
bool
dn_mustache_render(const DnMustache *template, const DnMustacheValue *context, DnMustacheFormat format,
				   const DnMustacheCalls *calls, DnMustacheError *err)
{
	Render		r = {.calls = calls, .format = format, .mixed = format == DN_MUSTACHE_PARAGRAPHS,
	.most = DN_MUSTACHE_OUTPUT_MAX, .err = err};

	return run(&r, template, context);
}

/*
 * Goes through each section once, whether true or false, and through partials,
 * and reports each name that is not in the sample.  A list of the sample stands
 * for its first element.  Nothing is written.
 */
bool
dn_mustache_check(const DnMustache *template, const DnMustacheValue *sample,
				  const DnMustacheCalls *calls, DnMustacheError *err)
{
	Render		r = {.calls = calls, .checks = true, .most = DN_MUSTACHE_OUTPUT_MAX, .err = err};

	return run(&r, template, sample);
}

/*
 * A text as HTML: escaped, empty lines separate paragraphs, lines stay lines.
 * Empty lines at its ends are left out.
 */
void
dn_html_of_text(const char *text, size_t len, void (*put) (void *caller, const char *text, size_t len), void *caller)
{
	DnMustacheCalls calls = {.caller = caller, .put = put};
	Render		r = {.calls = &calls, .format = DN_MUSTACHE_PARAGRAPHS, .most = SIZE_MAX};

	if (put_lines(&r, text, len) && (r.open || begin_line(&r)))
		end_paragraph(&r);
}
