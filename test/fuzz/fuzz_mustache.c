/*
 * fuzz_mustache.c: any bytes as a template, rendered and checked.  After a zero
 * byte the input goes on with a partial "p".
 */
#include "core/mustache.h"

#include <stdlib.h>
#include <string.h>

#define HOLDS(condition) do { if (!(condition)) abort(); } while (0)

#define NODES 2000				/* more than the inputs have bytes */

/* A value has the length of its name: {"a": text, "list": [...], "o": {"a": ...}, "no": null} */
enum
{
	ROOT, WORD, LIST, ELEMENT, OBJECT, NOTHING, NEVER
};

typedef struct Run
{
	DnMustache	partial;
	bool		has_partial;
	bool		has_written;
} Run;

static int	lists;				/* how many more have elements, so that no input takes long */

static DnMustacheNode node[NODES];
static DnMustacheNode partial_node[NODES];

static DnMustacheValue
value_of(int tag)
{
	return (DnMustacheValue) {
		tag == WORD || tag == NEVER ? DN_MUSTACHE_SCALAR : tag == LIST ? DN_MUSTACHE_LIST :
		tag == NOTHING ? DN_MUSTACHE_NULL : DN_MUSTACHE_OBJECT,
		tag != NOTHING && tag != NEVER, tag, NULL, tag == LIST && lists-- > 0 ? 2 : 0
	};
}

static bool
member(void *caller, const DnMustacheValue *object, const char *name, size_t len, DnMustacheValue *found)
{
	(void) caller;
	HOLDS(object->type == DN_MUSTACHE_OBJECT && len > 0);
	*found = value_of(*name == 'a' ? WORD : *name == 'l' ? LIST : *name == 'o' ? OBJECT : *name == 'f' ? NEVER : NOTHING);
	return *name == 'a' || *name == 'l' || *name == 'o' || *name == 'f' || *name == 'n';
}

static void
element(void *caller, const DnMustacheValue *list, uint32_t i, DnMustacheValue *found)
{
	(void) caller;
	HOLDS(list->type == DN_MUSTACHE_LIST && i < list->n);
	*found = value_of(i == 0 ? ELEMENT : WORD);
}

static void
text(void *caller, const DnMustacheValue *scalar, const char **p, size_t *len)
{
	(void) caller;
	HOLDS(scalar->type == DN_MUSTACHE_SCALAR);
	*p = "<'\">&";
	*len = 5;
}

static bool
partial(void *caller, const char *name, size_t len, DnMustache *found)
{
	Run		   *run = caller;

	*found = run->partial;
	return run->has_partial && len == 1 && *name == 'p';
}

/* What is written is read, so that its bytes are seen to be there. */
static void
put(void *caller, const char *p, size_t len)
{
	Run		   *run = caller;
	volatile char sum = 0;

	while (len-- > 0)
		sum = (char) (sum + p[len]);
	run->has_written = true;
}

static void
unknown(void *caller, const DnMustache *template, const DnMustacheNode *at)
{
	HOLDS(at->at + at->len <= template->len && at->kind != DN_MUSTACHE_TEXT);
	(void) caller;
}

static bool
parse(const char *source, size_t len, DnMustacheNode *nodes, DnMustache *t)
{
	DnMustacheError err;
	uint32_t	n,
				again,
				i;

	if (!dn_mustache_parse(source, len, NULL, 0, &n, &err))
	{
		HOLDS(err.fault != DN_MUSTACHE_FINE && err.at <= len);
		return false;
	}
	HOLDS(n <= len && n <= NODES && dn_mustache_parse(source, len, nodes, n, &again, &err) && again == n);
	for (i = 0; i < n; i++)
	{
		HOLDS(nodes[i].len <= len && nodes[i].at <= len - nodes[i].len && nodes[i].indent <= nodes[i].tag && nodes[i].tag <= len);
		if (nodes[i].kind == DN_MUSTACHE_SECTION || nodes[i].kind == DN_MUSTACHE_INVERTED)
			HOLDS(nodes[i].other > i && nodes[i].other < n && nodes[nodes[i].other].kind == DN_MUSTACHE_END &&
				  nodes[nodes[i].other].other == i);
	}
	*t = (DnMustache) {source, (uint32_t) len, nodes, n, false};
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DnMustacheCalls calls = {.member = member, .element = element, .text = text, .partial = partial, .put = put, .unknown = unknown};
	const char *source = (const char *) data;
	const char *zero = size > 0 ? memchr(source, '\0', size) : NULL;
	size_t		len = zero != NULL ? (size_t) (zero - source) : size;
	Run			run = {.has_partial = false};
	DnMustache	t;
	DnMustacheError err;
	DnMustacheValue value = value_of(ROOT);
	int			i;

	if (size > NODES)
		return 0;
	dn_html_of_text(source, size, put, &run);
	if (zero != NULL)
		run.has_partial = parse(zero + 1, size - len - 1, partial_node, &run.partial);
	if (!parse(source, len, node, &t))
		return 0;
	calls.caller = &run;
	for (i = 0; i < 4; i++)
	{
		lists = 1000;
		run.partial.html = i == 3;
		if (!dn_mustache_render(&t, &value, i == 3 ? DN_MUSTACHE_PARAGRAPHS : (DnMustacheFormat) i, &calls, &err))
			HOLDS(err.fault != DN_MUSTACHE_FINE && (err.source == source || err.source == run.partial.source));
	}
	run.has_written = false;
	if (!dn_mustache_check(&t, &value, &calls, &err))
		HOLDS(err.fault != DN_MUSTACHE_FINE);
	HOLDS(!run.has_written);
	return 0;
}
