/* template/template.c: templates in Mustache, rendered with a JSON value */
#include "shell.h"

#include "catalog/pg_type.h"
#include "core/mustache.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "number.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(dunning_render);
PG_FUNCTION_INFO_V1(dunning_template_names);
PG_FUNCTION_INFO_V1(dunning_unknown_names);
PG_FUNCTION_INFO_V1(dunning_is_template);
PG_FUNCTION_INFO_V1(dunning_html_of_text);

#define NAME_SHOWN 100			/* bytes of a name in a message */

/* A template that was read, or a partial of it. */
typedef struct Parsed
{
	DnMustache	mustache;
	const char *name;			/* of a partial, else NULL */
	uint32		name_len;
	struct Parsed *next;
} Parsed;

/* What a call site keeps in fn_extra: the last template, and the partials read for it. */
typedef struct Site
{
	MemoryContext context;
	Parsed	   *template;
	Jsonb	   *partials;		/* a copy, or NULL */
	Parsed	   *read;			/* those of the partials that were asked for */
} Site;

/* A place in a template: it is mostly asked for after the one before it. */
typedef struct Place
{
	const char *source;
	size_t		at;
	int			line;
	int			column;			/* in characters */
} Place;

/* One rendering. */
typedef struct Call
{
	Site	   *site;
	StringInfoData out;
	char	   *number;			/* the last one written */
	ReturnSetInfo *rows;		/* of a check */
	Place		place;			/* of its last row */
} Call;

enum Tag
{
	TAG_BOOL,
	TAG_STRING,
	TAG_NUMBER,
	TAG_CONTAINER
};

/* A name for a message: cut if it is long. */
static const char *
shown(const char *name, size_t len)
{
	return pnstrdup(name, len > NAME_SHOWN ? pg_mbcliplen(name, (int) Min(len, INT_MAX), NAME_SHOWN) : (int) len);
}

static void
move_to(Place *p, const char *source, size_t at)
{
	if (p->source != source || p->at > at)
		*p = (Place) {source, 0, 1, 1};
	while (p->at < at)
		if (source[p->at] == '\n')
		{
			p->at++;
			p->line++;
			p->column = 1;
		}
		else
		{
			p->at += (size_t) pg_mblen(source + p->at);
			p->column++;
		}
}

/* What is wrong, for people; the hint is NULL if there is none. */
static const char *
detail_of(const DnMustacheError *err, const char **hint)
{
	const char *name = err->name != NULL ? shown(err->name, err->name_len) : "";
	const char *opened = err->opened != NULL ? shown(err->opened, err->opened_len) : "";
	Place		opening = {NULL};

	*hint = NULL;
	if (err->opened != NULL)
		move_to(&opening, err->source, err->opened_at);
	switch (err->fault)
	{
		case DN_MUSTACHE_TAG_OPEN:
			*hint = "Close the tag with \"}}\", or with the delimiter that the template sets.";
			return "The tag that begins here has no end.";
		case DN_MUSTACHE_SECTION_OPEN:
			*hint = psprintf("Write {{/%s}} where the section ends.", opened);
			return psprintf("Section \"%s\" has no end.", opened);
		case DN_MUSTACHE_WRONG_END:
			*hint = "A section ends before the section around it.";
			return psprintf("{{/%s}} was found, but {{/%s}} was expected: section \"%s\" was opened at line %d, column %d.",
							name, opened, opened, opening.line, opening.column);
		case DN_MUSTACHE_NO_SECTION:
			*hint = psprintf("Open the section with {{#%s}} or {{^%s}}, or remove its end.", name, name);
			return psprintf("No section is open that {{/%s}} could end.", name);
		case DN_MUSTACHE_NO_NAME:
			*hint = "Write a name, such as {{customer.name}}.";
			return "The tag has no name.";
		case DN_MUSTACHE_BAD_NAME:
			*hint = "A name is one word, or several words joined by single points.";
			return psprintf("\"%s\" is not a name.", name);
		case DN_MUSTACHE_BAD_DELIMITERS:
			*hint = psprintf("Write {{=<%% %%>=}}: two words of at most %d bytes, without \"=\".", DN_MUSTACHE_DELIMITER_MAX);
			return "Two delimiters were expected.";
		case DN_MUSTACHE_UNSUPPORTED:
			*hint = "Use a partial, such as {{>footer}}.";
			return psprintf("\"%s\" is a name for inheritance or a computed name, which are not supported.", name);
		case DN_MUSTACHE_NO_TEXT:
			*hint = strcmp(name, ".") == 0 ? "Name one of its members."
				: psprintf("Open it as a section, {{#%s}}, or name one of its members.", name);
			return psprintf("\"%s\" is a list or an object, which has no text.", name);
		case DN_MUSTACHE_SOURCE_LONG:
			return psprintf("A template has at most %d bytes.", DN_MUSTACHE_SOURCE_MAX);
		case DN_MUSTACHE_SECTIONS_DEEP:
			return psprintf("At most %d sections lie within each other.", DN_MUSTACHE_SECTIONS_MAX);
		case DN_MUSTACHE_PARTIALS_DEEP:
			*hint = psprintf("If partial \"%s\" names itself, put that tag into a section that is false in the end.", name);
			return psprintf("At most %d partials lie within each other.", DN_MUSTACHE_PARTIALS_MAX);
		case DN_MUSTACHE_SCOPES_DEEP:
			return psprintf("At most %d sections lie within each other, with those of the partials.", DN_MUSTACHE_SCOPES_MAX);
		case DN_MUSTACHE_OUTPUT_LONG:
			return psprintf("The result has at most %d bytes.", DN_MUSTACHE_OUTPUT_MAX);
		case DN_MUSTACHE_STEPS_MANY:
			return psprintf("One call renders at most %d tags and texts.", DN_MUSTACHE_STEPS_MAX);
		case DN_MUSTACHE_FINE:
			break;
	}
	elog(ERROR, "fault %d of a template is not known", (int) err->fault);
}

/* Raises what is wrong with a template, or with a partial, which has a name. */
pg_noreturn static void
refuse(const DnMustacheError *err, const char *partial, size_t len)
{
	const char *hint;
	const char *detail = detail_of(err, &hint);
	Place		place = {NULL};

	move_to(&place, err->source, err->at);
	ereport(ERROR,
			(errcode(err->fault >= DN_MUSTACHE_SOURCE_LONG ? ERRCODE_PROGRAM_LIMIT_EXCEEDED : ERRCODE_INVALID_PARAMETER_VALUE),
			 partial != NULL ? errmsg("error in partial \"%s\" at line %d, column %d", shown(partial, len), place.line, place.column)
			 : errmsg("error in template at line %d, column %d", place.line, place.column),
			 errdetail_internal("%s", detail),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/* Reads a template or a partial into the memory of the current context. */
static Parsed *
parse(const char *source, size_t len, const char *name, uint32 name_len)
{
	Parsed	   *p;
	DnMustacheError err;
	DnMustacheNode *node;
	char	   *copy;
	uint32		n;

	if (!dn_mustache_parse(source, len, NULL, 0, &n, &err))
		refuse(&err, name, name_len);
	p = palloc0(sizeof(Parsed));
	copy = palloc(len + 1);
	memcpy(copy, source, len);
	node = palloc(n * sizeof(DnMustacheNode) + 1);
	if (!dn_mustache_parse(copy, len, node, n, &n, &err))
		elog(ERROR, "a template was read twice with two results");
	p->mustache = (DnMustache) {copy, (uint32) len, node, n, false};
	p->name = name;
	p->name_len = name_len;
	return p;
}

/* The template and the partials of a call, read once as long as they stay the same. */
static Site *
get_site(FunctionCallInfo fcinfo, int partials_arg)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(source);
	size_t		len = VARSIZE_ANY_EXHDR(source);
	Jsonb	   *partials = PG_ARGISNULL(partials_arg) ? NULL : PG_GETARG_JSONB_P(partials_arg);
	Site	   *site = fcinfo->flinfo->fn_extra;
	MemoryContext context;
	MemoryContext old;

	if (site != NULL && site->template->mustache.len == len && memcmp(site->template->mustache.source, p, len) == 0 &&
		(partials == NULL) == (site->partials == NULL) &&
		(partials == NULL || (VARSIZE(partials) == VARSIZE(site->partials) && memcmp(partials, site->partials, VARSIZE(partials)) == 0)))
		return site;
	if (partials != NULL && !JB_ROOT_IS_OBJECT(partials))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partials are not a JSON object"),
				 errhint("Write {\"name\": \"template\"}.")));
	if (site != NULL)
	{
		fcinfo->flinfo->fn_extra = NULL;
		MemoryContextDelete(site->context);
	}
	/* it goes with the call if the template is refused */
	context = AllocSetContextCreate(CurrentMemoryContext, "template", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	site = palloc0(sizeof(Site));
	site->context = context;
	site->template = parse(p, len, NULL, 0);
	if (partials != NULL)
	{
		site->partials = palloc(VARSIZE(partials));
		memcpy(site->partials, partials, VARSIZE(partials));
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

/* What the core asks of JSON. */

static DnMustacheValue
as_value(const JsonbValue *v)
{
	switch (v->type)
	{
		case jbvNull:
			return (DnMustacheValue) {DN_MUSTACHE_NULL, false, 0, NULL, 0};
		case jbvBool:
			return (DnMustacheValue) {DN_MUSTACHE_SCALAR, v->val.boolean, TAG_BOOL, NULL, v->val.boolean};
		case jbvString:
			return (DnMustacheValue) {DN_MUSTACHE_SCALAR, v->val.string.len > 0, TAG_STRING, v->val.string.val, (uint32) v->val.string.len};
		case jbvNumeric:
			return (DnMustacheValue) {DN_MUSTACHE_SCALAR, !dunning_packed_is_zero((struct varlena *) v->val.numeric), TAG_NUMBER,
				v->val.numeric, 0};
		case jbvBinary:
			if (JsonContainerIsArray(v->val.binary.data))
				return (DnMustacheValue) {DN_MUSTACHE_LIST, JsonContainerSize(v->val.binary.data) > 0, TAG_CONTAINER,
					v->val.binary.data, JsonContainerSize(v->val.binary.data)};
			return (DnMustacheValue) {DN_MUSTACHE_OBJECT, true, TAG_CONTAINER, v->val.binary.data, 0};
		default:
			elog(ERROR, "unexpected kind of JSON value: %d", (int) v->type);
	}
}

static DnMustacheValue
root_value(Jsonb *context)
{
	JsonbValue	v;

	if (!JB_ROOT_IS_SCALAR(context) || !JsonbExtractScalar(&context->root, &v))
	{
		v.type = jbvBinary;
		v.val.binary.data = &context->root;
		v.val.binary.len = VARSIZE(context) - VARHDRSZ;
	}
	return as_value(&v);
}

static bool
member(void *caller, const DnMustacheValue *object, const char *name, size_t len, DnMustacheValue *found)
{
	JsonbValue	v;

	(void) caller;
	if (getKeyJsonValueFromContainer((JsonbContainer *) object->at, name, (int) len, &v) == NULL)
		return false;
	*found = as_value(&v);
	return true;
}

static void
element(void *caller, const DnMustacheValue *list, uint32_t i, DnMustacheValue *found)
{
	JsonbValue *v = getIthJsonbValueFromContainer((JsonbContainer *) list->at, i);

	(void) caller;
	*found = as_value(v);
	pfree(v);
}

static void
scalar_text(void *caller, const DnMustacheValue *scalar, const char **text, size_t *len)
{
	Call	   *call = caller;

	switch ((enum Tag) scalar->tag)
	{
		case TAG_STRING:
			*text = scalar->at;
			*len = scalar->n;
			return;
		case TAG_NUMBER:
			if (call->number != NULL)
				pfree(call->number);
			*text = call->number = dunning_number_text((Numeric) scalar->at);
			break;
		default:
			*text = scalar->n ? "true" : "false";
			break;
	}
	*len = strlen(*text);
}

/* The text of a partial, and whether it stands as {"html": "..."}; false for something else. */
static bool
partial_text(const JsonbValue *v, JsonbValue *text, bool *html)
{
	*text = *v;
	*html = v->type == jbvBinary && JsonContainerIsObject(v->val.binary.data) && JsonContainerSize(v->val.binary.data) == 1 &&
		getKeyJsonValueFromContainer(v->val.binary.data, "html", 4, text) != NULL;
	return text->type == jbvString;
}

/* A partial, read when it is first asked for; one that is null is not there. */
static bool
partial(void *caller, const char *name, size_t len, DnMustache *found)
{
	Site	   *site = ((Call *) caller)->site;
	Parsed	   *p;
	JsonbValue	v;
	JsonbValue	source;
	bool		html;

	for (p = site->read; p != NULL; p = p->next)
		if (p->name_len == len && memcmp(p->name, name, len) == 0)
		{
			*found = p->mustache;
			return true;
		}
	if (site->partials == NULL ||
		getKeyJsonValueFromContainer(&site->partials->root, name, (int) len, &v) == NULL || v.type == jbvNull)
		return false;
	if (!partial_text(&v, &source, &html))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("partial \"%s\" is not a text", shown(name, len)),
				 errhint("Write a text, or {\"html\": \"...\"} for a part that is HTML.")));
	else
	{
		MemoryContext old = MemoryContextSwitchTo(site->context);

		p = parse(source.val.string.val, source.val.string.len, name, (uint32) len);
		p->mustache.html = html;
		MemoryContextSwitchTo(old);
	}
	p->next = site->read;
	site->read = p;
	*found = p->mustache;
	return true;
}

/* The partial whose text this is, or NULL. */
static const Parsed *
partial_of(const Site *site, const char *source)
{
	const Parsed *p;

	for (p = site->read; p != NULL; p = p->next)
		if (p->mustache.source == source)
			break;
	return p;
}

static void
put(void *caller, const char *text, size_t len)
{
	appendBinaryStringInfo(&((Call *) caller)->out, text, (int) len);
}

static void
rest(void *caller)
{
	(void) caller;
	CHECK_FOR_INTERRUPTS();
}

static void
unknown(void *caller, const DnMustache *template, const DnMustacheNode *node)
{
	Call	   *call = caller;
	const Parsed *in = partial_of(call->site, template->source);
	Datum		values[4];
	bool		nulls[4] = {false};

	CHECK_FOR_INTERRUPTS();
	move_to(&call->place, template->source, node->tag);
	values[0] = PointerGetDatum(cstring_to_text_with_len(template->source + node->at, (int) node->len));
	nulls[1] = in == NULL;
	values[1] = in != NULL ? PointerGetDatum(cstring_to_text_with_len(in->name, (int) in->name_len)) : (Datum) 0;
	values[2] = Int32GetDatum(call->place.line);
	values[3] = Int32GetDatum(call->place.column);
	tuplestore_putvalues(call->rows->setResult, call->rows->setDesc, values, nulls);
}

static const DnMustacheCalls calls = {.member = member, .element = element, .text = scalar_text, .partial = partial,
.put = put, .pause = rest, .unknown = unknown};

/* Renders or checks, with the caller's own state in the calls. */
static void
run(Call *call, bool (*how) (const DnMustache *, const DnMustacheValue *, const DnMustacheCalls *, DnMustacheError *), Jsonb *context)
{
	DnMustacheCalls own = calls;
	DnMustacheValue value = root_value(context);
	DnMustacheError err;

	own.caller = call;
	if (!how(&call->site->template->mustache, &value, &own, &err))
	{
		const Parsed *in = partial_of(call->site, err.source);

		refuse(&err, in != NULL ? in->name : NULL, in != NULL ? in->name_len : 0);
	}
}

static bool
render_text(const DnMustache *t, const DnMustacheValue *context, const DnMustacheCalls *own, DnMustacheError *err)
{
	return dn_mustache_render(t, context, DN_MUSTACHE_AS_IS, own, err);
}

static bool
render_html(const DnMustache *t, const DnMustacheValue *context, const DnMustacheCalls *own, DnMustacheError *err)
{
	return dn_mustache_render(t, context, DN_MUSTACHE_HTML, own, err);
}

static bool
render_paragraphs(const DnMustache *t, const DnMustacheValue *context, const DnMustacheCalls *own, DnMustacheError *err)
{
	return dn_mustache_render(t, context, DN_MUSTACHE_PARAGRAPHS, own, err);
}

/* render(template, context, partials, format) */
Datum
dunning_render(PG_FUNCTION_ARGS)
{
	const char *format = PG_ARGISNULL(3) ? "text" : text_to_cstring(PG_GETARG_TEXT_PP(3));
	bool		(*how) (const DnMustache *, const DnMustacheValue *, const DnMustacheCalls *, DnMustacheError *) =
		strcmp(format, "text") == 0 ? render_text : strcmp(format, "html") == 0 ? render_html :
		strcmp(format, "paragraphs") == 0 ? render_paragraphs : NULL;
	Call		call = {.number = NULL};

	if (how == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no format \"%s\"", format),
				 errhint("Formats are text, html and paragraphs.")));
	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	call.site = get_site(fcinfo, 2);
	initStringInfo(&call.out);
	enlargeStringInfo(&call.out, (int) call.site->template->mustache.len + VARHDRSZ);
	call.out.len = VARHDRSZ;
	run(&call, how, PG_GETARG_JSONB_P(1));
	SET_VARSIZE(call.out.data, call.out.len);
	PG_RETURN_TEXT_P((text *) call.out.data);
}

/* unknown_names(template, context, partials): one row a tag whose name is not there */
Datum
dunning_unknown_names(PG_FUNCTION_ARGS)
{
	Call		call = {.rows = (ReturnSetInfo *) fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 2))
		return (Datum) 0;
	call.site = get_site(fcinfo, 2);
	run(&call, dn_mustache_check, PG_GETARG_JSONB_P(1));
	return (Datum) 0;
}

/* template_names(template): one row a tag with a name */
Datum
dunning_template_names(PG_FUNCTION_ARGS)
{
	static const char *const kind[] = {
		[DN_MUSTACHE_VALUE] = "value",
		[DN_MUSTACHE_RAW] = "unescaped value",
		[DN_MUSTACHE_SECTION] = "section",
		[DN_MUSTACHE_INVERTED] = "inverted section",
		[DN_MUSTACHE_PARTIAL] = "partial"
	};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *source = PG_GETARG_TEXT_PP(0);
	const DnMustache *t;
	Datum		sections[DN_MUSTACHE_SECTIONS_MAX];
	int			depth = 0;
	Place		place = {NULL};
	uint32		i;

	InitMaterializedSRF(fcinfo, 0);
	t = &parse(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), NULL, 0)->mustache;
	for (i = 0; i < t->n; i++)
	{
		const DnMustacheNode *node = &t->node[i];
		Datum		values[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		if (node->kind == DN_MUSTACHE_END)
			depth--;
		if (node->kind == DN_MUSTACHE_END || node->kind == DN_MUSTACHE_TEXT)
			continue;
		move_to(&place, t->source, node->tag);
		values[0] = PointerGetDatum(cstring_to_text_with_len(t->source + node->at, (int) node->len));
		values[1] = CStringGetTextDatum(kind[node->kind]);
		values[2] = PointerGetDatum(construct_array(sections, depth, TEXTOID, -1, false, TYPALIGN_INT));
		values[3] = Int32GetDatum(place.line);
		values[4] = Int32GetDatum(place.column);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		if (node->kind == DN_MUSTACHE_SECTION || node->kind == DN_MUSTACHE_INVERTED)
			sections[depth++] = values[0];
	}
	return (Datum) 0;
}

/* is_template(template): true, or the error */
Datum
dunning_is_template(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);

	parse(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), NULL, 0);
	PG_RETURN_BOOL(true);
}

/* html_of_text(text) */
Datum
dunning_html_of_text(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(0);
	Call		call = {.number = NULL};

	initStringInfo(&call.out);
	dn_html_of_text(VARDATA_ANY(source), VARSIZE_ANY_EXHDR(source), put, &call);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(call.out.data, call.out.len));
}
