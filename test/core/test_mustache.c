/* test_mustache.c: templates read and rendered by core/mustache.c */
#include "core/mustache.h"

#include <stdlib.h>

#include "mutate.h"
#include "tap.h"

/* Values: a tree of these. */
typedef struct Value
{
	DnMustacheType type;
	bool		truth;
	const char *name;			/* in the object */
	const char *text;
	const struct Value *child;
	uint32_t	n;
} Value;

typedef struct Partial
{
	const char *name;
	const char *text;			/* HTML if it begins so */
} Partial;

static char buf[40000];
static size_t used;
static int	puts_many;
static DnMustacheNode nodes[40][200];
static int	loaded;
static const Partial *partials;
static char unknown[1000];

static DnMustacheValue
as_value(const Value *v)
{
	return (DnMustacheValue) {v->type, v->truth, 0, v, v->n};
}

static bool
member(void *caller, const DnMustacheValue *object, const char *name, size_t len, DnMustacheValue *found)
{
	const Value *v = object->at;
	uint32_t	i;

	(void) caller;
	for (i = 0; i < v->n; i++)
		if (strlen(v->child[i].name) == len && memcmp(v->child[i].name, name, len) == 0)
		{
			*found = as_value(&v->child[i]);
			return true;
		}
	return false;
}

static void
element(void *caller, const DnMustacheValue *list, uint32_t i, DnMustacheValue *found)
{
	(void) caller;
	*found = as_value(&((const Value *) list->at)->child[i]);
}

static void
text(void *caller, const DnMustacheValue *scalar, const char **p, size_t *len)
{
	(void) caller;
	*p = ((const Value *) scalar->at)->text;
	*len = strlen(*p);
}

static bool
partial(void *caller, const char *name, size_t len, DnMustache *found)
{
	const Partial *p;
	DnMustacheError err;
	uint32_t	n;
	int			i = 0;

	(void) caller;
	for (p = partials; p != NULL && p->name != NULL; p++, i++)
		if (strlen(p->name) == len && memcmp(p->name, name, len) == 0)
		{
			if (!dn_mustache_parse(p->text, strlen(p->text), nodes[i + 1], 200, &n, &err) || n > 200)
				abort();
			*found = (DnMustache) {p->text, (uint32_t) strlen(p->text), nodes[i + 1], n, p->text[0] == '<'};
			loaded++;
			return true;
		}
	return false;
}

static void
put(void *caller, const char *p, size_t len)
{
	(void) caller;
	puts_many++;
	if (used + len < sizeof(buf))
	{
		memcpy(buf + used, p, len);
		used += len;
	}
}

static void
not_there(void *caller, const DnMustache *t, const DnMustacheNode *node)
{
	(void) caller;
	snprintf(unknown + strlen(unknown), sizeof(unknown) - strlen(unknown), "%.*s ", (int) node->len, t->source + node->at);
}

static const DnMustacheCalls calls = {NULL, member, element, text, partial, put, NULL, not_there};

/* What is wrong: the number of the fault, line, column in bytes, the name, the section that is open. */
static const char *
said(const DnMustacheError *err)
{
	int			line = 1;
	size_t		line_at = 0;
	size_t		i;

	for (i = 0; i < err->at; i++)
		if (err->source[i] == '\n')
		{
			line++;
			line_at = i + 1;
		}
	snprintf(buf, sizeof(buf), "fault %d at %d:%d %.*s/%.*s", err->fault, line, (int) (err->at - line_at) + 1,
			 (int) err->name_len, err->name != NULL ? err->name : "", (int) err->opened_len, err->opened != NULL ? err->opened : "");
	return buf;
}

static const char *
rendered_as(const char *source, const Value *context, DnMustacheFormat format)
{
	DnMustacheError err;
	uint32_t	n;
	DnMustache	t = {source, (uint32_t) strlen(source), nodes[0], 0, false};
	DnMustacheValue value = as_value(context);

	used = 0;
	if (!dn_mustache_parse(source, strlen(source), nodes[0], 200, &n, &err))
		return said(&err);
	t.n = n;
	if (n > 200)
		abort();
	if (!dn_mustache_render(&t, &value, format, &calls, &err))
		return said(&err);
	buf[used] = '\0';
	return buf;
}

#define TEXT(name, text) {DN_MUSTACHE_SCALAR, true, name, text, NULL, 0}
#define LIST(name, children) {DN_MUSTACHE_LIST, true, name, NULL, children, sizeof(children) / sizeof(Value)}
#define OBJECT(name, children) {DN_MUSTACHE_OBJECT, true, name, NULL, children, sizeof(children) / sizeof(Value)}

static const Value first[] = {TEXT("no", "F-1"), TEXT("open", "12.50"), {DN_MUSTACHE_SCALAR, false, "late", "false", NULL, 0}};
static const Value second[] = {TEXT("no", "F-2"), TEXT("open", "0.50"), TEXT("late", "true")};
static const Value item[] = {OBJECT(NULL, first), OBJECT(NULL, second)};
static const Value number[] = {TEXT(NULL, "1"), TEXT(NULL, "2")};
static const Value customer[] = {TEXT("name", "O'Neil & <Sons> \"Ltd\""), {DN_MUSTACHE_NULL, false, "city", NULL, NULL, 0}};
static const Value all[] = {OBJECT("customer", customer), LIST("items", item), LIST("numbers", number),
	{DN_MUSTACHE_LIST, false, "none", NULL, NULL, 0}, TEXT("name", "ACME"), TEXT("lines", "a\nb"), TEXT("", "nameless")};
static const Value context = OBJECT(NULL, all);

/* A template in one line, as the name of its check. */
static const char *
named(const char *source)
{
	static char name[500];
	size_t		i;

	for (i = 0; source[i] != '\0' && i + 1 < sizeof(name); i++)
		name[i] = source[i] == '\n' ? '$' : source[i] == '\r' ? '%' : source[i] == '#' ? '+' : source[i];
	name[i] = '\0';
	return name;
}

#define is_rendered(source, want) is_text(rendered_as(source, &context, false), want, "%s", named(source))
#define is_html(source, want) is_text(rendered_as(source, &context, DN_MUSTACHE_HTML), want, "as html: %s", named(source))

static void
test_values(void)
{
	is_rendered("", "");
	is_rendered("plain } { text", "plain } { text");
	is_rendered("{{name}} {{ name }} {{\n name\n}}", "ACME ACME ACME");
	is_rendered("{{customer.name}}", "O'Neil & <Sons> \"Ltd\"");
	is_html("{{customer.name}}", "O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;");
	is_html("{{{customer.name}}} {{&customer.name}} {{& customer.name }}",
			"O'Neil & <Sons> \"Ltd\" O'Neil & <Sons> \"Ltd\" O'Neil & <Sons> \"Ltd\"");
	is_rendered("({{customer.city}})({{missing}})({{customer.missing}})({{name.name}})({{customer.city.name}})", "()()()()()");
	is_rendered("{{!a comment}}x{{! of\ntwo lines }}y", "xy");
	is_rendered("{{=<% %>=}}<%name%> {{name}} <%={{ }}=%>{{name}}", "ACME {{name}} ACME");
	is_rendered("{{=| |=}}|name||name|", "ACMEACME");
	is_rendered("{{=[[ ]]=}}[[{customer.name}]][[&name]]", "O'Neil & <Sons> \"Ltd\"ACME");
	is_rendered("{{= {# #} =}}{#name#} {# #name#}{#.#}{#/name#}", "ACME ACME");
}

static void
test_sections(void)
{
	is_rendered("{{#items}}{{no}}={{open}};{{/items}}", "F-1=12.50;F-2=0.50;");
	is_rendered("{{#items}}{{no}} {{name}}, {{/items}}", "F-1 ACME, F-2 ACME, ");
	is_rendered("{{#customer}}{{name}}{{city}}{{/customer}}", "O'Neil & <Sons> \"Ltd\"");
	is_rendered("{{#items}}{{#late}}late {{no}}{{/late}}{{^late}}not {{no}}, {{/late}}{{/items}}", "not F-1, late F-2");
	is_rendered("{{#numbers}}{{.}}{{/numbers}}{{#none}}x{{/none}}{{^none}}none{{/none}}{{^missing}}y{{/missing}}", "12noney");
	is_rendered("{{#missing}}x{{/missing}}{{#customer.city}}x{{/customer.city}}|{{^customer}}x{{/customer}}", "|");
	is_rendered("{{#name}}{{.}}{{/name}}", "ACME");
	is_rendered("{{#.}}{{name}}{{/.}}", "ACME");
	is_rendered("a\n{{#items}}\n{{no}}\n{{/items}}\nb", "a\nF-1\nF-2\nb");
	is_rendered("a\r\n  {{#items}}  \r\n{{no}}\r\n\t{{/items}}\r\nb", "a\r\nF-1\r\nF-2\r\nb");
	is_rendered("  {{#name}}\n x\n  {{/name}}", " x\n");
	is_rendered(" {{#name}} \n{{/name}} .", " .");
	is_rendered(" {{#name}} .\n{{/name}} .", "  .\n .");
	is_rendered("{{!a}}{{!b}}\nx", "\nx");
	is_rendered(" {{! a\n b }} \nx {{! c }}\n", "x \n");
	is_rendered(" {{=<% %>=}}\n<%name%>\n", "ACME\n");
}

static void
test_partials(void)
{
	static const Partial some[] = {{"p", "{{name}}\n{{lines}}\n\n\r\nend"}, {"outer", "-\n {{>p}}\n{{>p}}"},
	{"list", "{{no}}{{#items}}\n\n  <\n  {{>list}}\n {{/items}}"}, {"tag", "{{=<% %>=}}<%name%>"},
	{"section", "{{#numbers}}{{.}}\n{{/numbers}}!\n{{#numbers}}\n{{.}}\n{{/numbers}}\n"}, {"self", "{{>self}}"},
	{"comments", "{{!a}} b\n{{!c}}{{!d}}\n{{!e}}\n{{=<% %>=}}."},
	{"wide", "{{#.}}{{#.}}{{#.}}{{#.}}{{#.}}{{#.}}{{#.}}{{>wide}}{{/.}}{{/.}}{{/.}}{{/.}}{{/.}}{{/.}}{{/.}}"}, {NULL, NULL}};

	partials = some;
	is_rendered("[{{>p}}]", "[ACME\na\nb\n\n\r\nend]");
	is_rendered("{{>missing}}|{{> tag }}|{{name}}", "|ACME|ACME");
	/* each line of the template is indented; empty ones and those of values are not */
	is_rendered("  {{>p}}\n.", "  ACME\n  a\nb\n\n\r\n  end.");
	is_rendered("\t{{>outer}}\n", "\t-\n\t ACME\n\t a\nb\n\n\r\n\t end\tACME\n\ta\nb\n\n\r\n\tend");
	is_rendered("  {{>section}}\n", "  1\n  2\n  !\n  1\n  2\n");
	is_rendered("  {{>comments}}\n", "   b\n  \n  .");
	is_rendered(".{{>outer}}", ".-\n ACME\n a\nb\n\n\r\n endACME\na\nb\n\n\r\nend");
	is_rendered("{{>wide}}", "fault 13 at 1:25 ./");
	is_rendered("{{>list}}", "fault 12 at 4:3 list/");
	is_rendered("{{>self}}", "fault 12 at 1:1 self/");
	partials = NULL;
}

static void
test_faults(void)
{
	is_rendered("a\n {{name", "fault 1 at 2:2 /");
	is_rendered("{{{name}}", "fault 1 at 1:1 /");
	is_rendered("{{!", "fault 1 at 1:1 /");
	is_rendered("{{", "fault 1 at 1:1 /");
	is_rendered("a\n{{#items}}\n{{no}}", "fault 2 at 2:1 /items");
	is_rendered("{{#a}}{{#b}}\n{{/a}}{{/b}}", "fault 3 at 2:1 a/b");
	is_rendered("{{^a}}{{/ab}}", "fault 3 at 1:7 ab/a");
	is_rendered("x{{/a}}", "fault 4 at 1:2 a/");
	is_rendered("{{}}", "fault 5 at 1:1 /");
	is_rendered("{{#}}{{/}}", "fault 5 at 1:1 /");
	is_rendered("{{{ }}}", "fault 5 at 1:1 /");
	is_rendered("{{a b}}", "fault 6 at 1:1 a b/");
	is_rendered("{{a..b}}", "fault 6 at 1:1 a..b/");
	is_rendered("{{.a}}", "fault 6 at 1:1 .a/");
	is_rendered("{{a.}}", "fault 6 at 1:1 a./");
	is_rendered("{{=<% =}}", "fault 7 at 1:1 /");
	is_rendered("{{=a b c=}}", "fault 7 at 1:1 /");
	is_rendered("{{=a= =b=}}", "fault 7 at 1:1 /");
	is_rendered("{{==}}", "fault 7 at 1:1 /");
	is_rendered("{{=<<<<<<<<<<<<<<<<< >=}}", "fault 7 at 1:1 /");
	is_rendered("{{=<% %>}}", "fault 1 at 1:1 /");
	is_rendered("{{<parent}}{{/parent}}", "fault 8 at 1:1 <parent/");
	is_rendered("{{$block}}{{/block}}", "fault 8 at 1:1 $block/");
	is_rendered("{{>*dynamic}}", "fault 8 at 1:1 *dynamic/");
	is_rendered("{{items}}", "fault 9 at 1:1 items/");
	is_rendered("\n{{customer}}", "fault 9 at 2:1 customer/");
	is_html("{{{numbers}}}", "fault 9 at 1:1 numbers/");
}

static void
test_limits(void)
{
	static char source[DN_MUSTACHE_SOURCE_MAX + 2];
	static const Partial pair[] = {{"a", "{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}"
		"{{>b}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}"},
	{"b", "{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}"
		"{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}{{#numbers}}"
		"{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}"
		"{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}{{/numbers}}"}, {NULL, NULL}};
	DnMustacheError err;
	uint32_t	n;
	int			i;

	memset(source, 'x', sizeof(source));
	ok(dn_mustache_parse(source, DN_MUSTACHE_SOURCE_MAX, NULL, 0, &n, &err) && n == 1, "a template of the most bytes");
	ok(!dn_mustache_parse(source, DN_MUSTACHE_SOURCE_MAX + 1, NULL, 0, &n, &err) && err.fault == DN_MUSTACHE_SOURCE_LONG, "and one more");

	source[0] = '\0';
	for (i = 0; i < DN_MUSTACHE_SECTIONS_MAX; i++)
		strcat(source, "{{^a}}");
	for (i = 0; i < DN_MUSTACHE_SECTIONS_MAX; i++)
		strcat(source, "{{/a}}");
	is_text(rendered_as(source, &context, false), "", "as many sections as there may be");
	source[0] = '\0';
	for (i = 0; i <= DN_MUSTACHE_SECTIONS_MAX; i++)
		strcat(source, "{{#a}}");
	is_text(rendered_as(source, &context, false), "fault 11 at 1:193 a/", "and one more");

	/* 17 bytes a time, of which 2^20 are written */
	source[0] = '\0';
	for (i = 0; i < 20; i++)
		strcat(source, "{{#numbers}}");
	strcat(source, "{{.}}................");
	for (i = 0; i < 20; i++)
		strcat(source, "{{/numbers}}");
	is_text(rendered_as(source, &context, false), "fault 14 at 1:246 /", "an output that is too long");
	partials = pair;
	ok(strncmp(rendered_as("{{>a}}", &context, false), "fault 15 ", 9) == 0, "more steps than there may be");
	partials = NULL;
}

static void
test_check(void)
{
	static const char source[] = "{{name}}{{nam}}{{#items}}{{no}}{{nr}}{{#late}}{{x}}{{/late}}{{/items}}{{^none}}{{y.z}}{{/none}}"
		"{{#customer.city}}{{street}}{{/customer.city}}{{>self}}{{>gone}}{{customer.zip}}{{#oops}}{{name}}{{q}}{{/oops}}";
	static const Partial some[] = {{"self", "{{in_partial}}{{#none}}{{>self}}{{/none}}"}, {NULL, NULL}};
	DnMustacheValue value = as_value(&context);
	DnMustacheError err;
	uint32_t	n;
	DnMustache	t = {source, (uint32_t) strlen(source), nodes[0], 0, false};

	partials = some;
	ok(dn_mustache_parse(source, strlen(source), nodes[0], 200, &n, &err), "a template to check");
	t.n = n;
	puts_many = 0;
	unknown[0] = '\0';
	ok(dn_mustache_check(&t, &value, &calls, &err), "is checked");
	is_text(unknown, "nam nr x y.z street in_partial gone customer.zip oops q ", "names that are not there");
	is_int(puts_many, 0, "nothing is written");
	partials = NULL;
}

static const char *
html(const char *source)
{
	used = 0;
	dn_html_of_text(source, strlen(source), put, NULL);
	buf[used] = '\0';
	return buf;
}

static void
test_html(void)
{
	is_text(html(""), "<p></p>\n", "no text");
	is_text(html("a"), "<p>a</p>\n", "one line");
	is_text(html("a\nb"), "<p>a<br>\nb</p>\n", "two lines");
	is_text(html("a\n\nb\n\n\n\nc"), "<p>a</p>\n<p>b</p>\n<p>c</p>\n", "three paragraphs");
	is_text(html("\n\na\r\nb\r\n\r\nc\r\n\n"), "<p>a<br>\nb</p>\n<p>c</p>\n", "lines of other systems, and empty ones at the ends");
	is_text(html("<a href='x'>\n\"&\r;"), "<p>&lt;a href=&#39;x&#39;&gt;<br>\n&quot;&amp;;</p>\n", "special characters");
	is_text(html("<\n<\n\n>"), "<p>&lt;<br>\n&lt;</p>\n<p>&gt;</p>\n", "and line breaks beside them");
}

#define is_paragraphs(source, want) is_text(rendered_as(source, &context, DN_MUSTACHE_PARAGRAPHS), want, "as paragraphs: %s", named(source))

/* A text as HTML, and partials that are HTML within it. */
static void
test_paragraphs(void)
{
	static const Partial some[] = {{"table", "<table>{{#items}}<tr title=\"{{open}}\"><td>{{no}}</td></tr>\n{{/items}}</table>\n"},
	{"plain", "{{customer.name}}\n\n<b>\n"}, {"page", "<body title='{{name}}'>\n{{>content}}</body>"},
	{"content", "Dear {{customer.name}},\n\n  {{>table}}\nPay < 1\n{{>plain}}\n"}, {"bold", "<b>{{customer.name}}</b>{{{customer.name}}}"},
	{NULL, NULL}};

	partials = some;
	is_paragraphs("", "");
	is_paragraphs("\n\na & b\n{{name}}\n\n{{lines}}\r\n\r\n\n", "<p>a &amp; b<br>\nACME</p>\n<p>a<br>\nb</p>\n");
	is_paragraphs("{{customer.name}}{{{customer.name}}}{{&customer.city}}",
				  "<p>O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;</p>\n");
	is_paragraphs("a\n{{#items}}\n- {{no}}\n{{/items}}\n\nb", "<p>a<br>\n- F-1<br>\n- F-2</p>\n<p>b</p>\n");
	is_paragraphs("a\n{{>table}}\nb\n\n{{>plain}}c",
				  "<p>a</p>\n<table><tr title=\"12.50\"><td>F-1</td></tr>\n<tr title=\"0.50\"><td>F-2</td></tr>\n</table>\n<p>b</p>\n"
				  "<p>O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;</p>\n<p>&lt;b&gt;<br>\nc</p>\n");
	is_paragraphs("{{>page}}", "<body title='ACME'>\n<p>Dear O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;,</p>\n"
				  "<table><tr title=\"12.50\"><td>F-1</td></tr>\n<tr title=\"0.50\"><td>F-2</td></tr>\n</table>\n"
				  "<p>Pay &lt; 1<br>\nO&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;</p>\n<p>&lt;b&gt;</p>\n</body>");
	/* a template of HTML says itself what is not escaped */
	is_paragraphs("a{{>bold}}", "<p>a</p>\n<b>O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;</b>O'Neil & <Sons> \"Ltd\"");
	is_html("{{>plain}}", "O&#39;Neil &amp; &lt;Sons&gt; &quot;Ltd&quot;\n\n<b>\n");
	partials = NULL;
}

/* A mutated template is refused at a place within it, or is rendered. */
static void
test_mutated(void)
{
	static const char *const seeds[] = {"{{#items}}\n {{no}} {{{open}}}\n{{/items}}\n", "{{=<% %>=}}<%name%><%#none%><%/none%>",
	"a {{>p}}\n  {{> q }}\n{{^none}}{{&name}}{{!x}}{{/none}}", "{{customer.name}}{{#numbers}}{{.}}{{/numbers}}"};
	static const Partial some[] = {{"p", "{{name}}\n{{>p}}"}, {"q", "<b>{{>p}}"}, {NULL, NULL}};
	int			good = 0,
				total = cases(20000),
				i;

	partials = some;
	for (i = 0; i < total; i++)
	{
		size_t		len;
		char	   *source = mutate(seeds[i % 4], &len);
		DnMustacheError err;
		uint32_t	n;
		uint32_t	again;
		DnMustache	t = {source, (uint32_t) len, nodes[0], 0, false};
		DnMustacheValue value = as_value(&context);

		used = 0;
		dn_html_of_text(source, len, put, NULL);
		if (!dn_mustache_parse(source, len, NULL, 0, &n, &err))
			good += err.fault != DN_MUSTACHE_FINE && err.at <= len;
		else if (dn_mustache_parse(source, len, nodes[0], 200, &again, &err) && again == n && n <= len && n <= 200)
		{
			t.n = n;
			used = 0;
			good += dn_mustache_render(&t, &value, (DnMustacheFormat) (i % 3), &calls, &err) || err.fault != DN_MUSTACHE_FINE;
		}
		free(source);
	}
	is_int(good, total, "mutated templates");
	partials = NULL;
}

int
main(void)
{
	test_values();
	test_sections();
	test_partials();
	test_faults();
	test_limits();
	test_check();
	test_html();
	test_paragraphs();
	test_mutated();
	return done_testing();
}
