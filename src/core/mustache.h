/*
 * core/mustache.h: the template language Mustache, read and rendered.
 *
 * A template is read once into nodes, in room that the caller gives: a first
 * call without room says how many there are.  Rendering asks the caller for
 * values, for partials and for the writing of text, and allocates nothing.
 * Nothing in a template runs code.
 *
 * The tags are those of the core of the specification: {{name}}, {{{name}}},
 * {{&name}}, {{#name}}, {{^name}}, {{/name}}, {{>name}}, {{!comment}} and
 * {{=<% %>=}}.  Inheritance, dynamic names and lambdas are refused or absent.
 */
#ifndef DN_MUSTACHE_H
#define DN_MUSTACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DN_MUSTACHE_SOURCE_MAX 1048576	/* bytes of a template */
#define DN_MUSTACHE_OUTPUT_MAX 16777216 /* bytes of what is rendered */
#define DN_MUSTACHE_SECTIONS_MAX 32 /* sections within each other in a template */
#define DN_MUSTACHE_PARTIALS_MAX 32 /* partials within each other */
#define DN_MUSTACHE_SCOPES_MAX 200	/* sections within each other, those of partials included */
#define DN_MUSTACHE_STEPS_MAX 10000000	/* tags and texts that one rendering goes through */
#define DN_MUSTACHE_DELIMITER_MAX 16	/* bytes of a delimiter */

typedef enum DnMustacheKind
{
	DN_MUSTACHE_TEXT,
	DN_MUSTACHE_VALUE,
	DN_MUSTACHE_RAW,			/* a value that is never escaped */
	DN_MUSTACHE_SECTION,
	DN_MUSTACHE_INVERTED,
	DN_MUSTACHE_END,
	DN_MUSTACHE_PARTIAL
} DnMustacheKind;

typedef struct DnMustacheNode
{
	uint8_t		kind;
	bool		starts_line;	/* the indentation of a partial is written before it */
	bool		alone;			/* a partial that has its line for itself */
	uint32_t	at;				/* of the text or the name in the source */
	uint32_t	len;
	uint32_t	other;			/* of a section its end, of an end its section */
	uint32_t	indent;			/* blanks before such a partial */
	uint32_t	tag;			/* where the tag begins */
} DnMustacheNode;

typedef struct DnMustache
{
	const char *source;
	uint32_t	len;
	const DnMustacheNode *node;
	uint32_t	n;
	bool		html;			/* of a partial in DN_MUSTACHE_PARAGRAPHS: it is HTML, not a text */
} DnMustache;

typedef enum DnMustacheFormat
{
	DN_MUSTACHE_AS_IS,			/* nothing is escaped */
	DN_MUSTACHE_HTML,			/* the template is HTML: values are escaped */
	/* The template is a text: it and its values are escaped, empty lines separate paragraphs, lines stay lines. */
	DN_MUSTACHE_PARAGRAPHS
} DnMustacheFormat;

typedef enum DnMustacheFault
{
	DN_MUSTACHE_FINE = 0,
	DN_MUSTACHE_TAG_OPEN,		/* a tag without its closing delimiter */
	DN_MUSTACHE_SECTION_OPEN,	/* a section without an end */
	DN_MUSTACHE_WRONG_END,		/* the end of another section */
	DN_MUSTACHE_NO_SECTION,		/* an end without a section */
	DN_MUSTACHE_NO_NAME,
	DN_MUSTACHE_BAD_NAME,
	DN_MUSTACHE_BAD_DELIMITERS,
	DN_MUSTACHE_UNSUPPORTED,	/* inheritance or a dynamic name */
	DN_MUSTACHE_NO_TEXT,		/* a list or an object where a text is to be written */
	DN_MUSTACHE_SOURCE_LONG,	/* from here on limits */
	DN_MUSTACHE_SECTIONS_DEEP,
	DN_MUSTACHE_PARTIALS_DEEP,
	DN_MUSTACHE_SCOPES_DEEP,
	DN_MUSTACHE_OUTPUT_LONG,
	DN_MUSTACHE_STEPS_MANY
} DnMustacheFault;

/* What is wrong, and where; names point into the source. */
typedef struct DnMustacheError
{
	DnMustacheFault fault;
	const char *source;
	size_t		at;				/* byte offset in it */
	const char *name;			/* of the tag at hand, or NULL */
	size_t		name_len;
	const char *opened;			/* the section that is open, or NULL */
	size_t		opened_len;
	size_t		opened_at;
} DnMustacheError;

typedef enum DnMustacheType
{
	DN_MUSTACHE_NULL,
	DN_MUSTACHE_SCALAR,			/* has a text */
	DN_MUSTACHE_LIST,
	DN_MUSTACHE_OBJECT
} DnMustacheType;

/* A value of the caller's, which alone knows what "at" is. */
typedef struct DnMustacheValue
{
	DnMustacheType type;
	bool		truth;			/* whether a section of it is rendered */
	int			tag;			/* the caller's own */
	const void *at;
	uint32_t	n;				/* elements of a list; else the caller's own */
} DnMustacheValue;

typedef struct DnMustacheCalls
{
	void	   *caller;			/* the first argument of all calls */
	bool		(*member) (void *caller, const DnMustacheValue *object, const char *name, size_t len, DnMustacheValue *found);
	void		(*element) (void *caller, const DnMustacheValue *list, uint32_t i, DnMustacheValue *found);
	/* the text of a scalar, good until the next call */
	void		(*text) (void *caller, const DnMustacheValue *scalar, const char **text, size_t *len);
	bool		(*partial) (void *caller, const char *name, size_t len, DnMustache *found);
	void		(*put) (void *caller, const char *text, size_t len);
	void		(*pause) (void *caller);	/* now and then; may be NULL */
	/* Whoever gives this one checks: see dn_mustache_check. */
	void		(*unknown) (void *caller, const DnMustache *template, const DnMustacheNode *node);
} DnMustacheCalls;

extern bool dn_mustache_parse(const char *source, size_t len, DnMustacheNode *node, uint32_t room, uint32_t *n,
							  DnMustacheError *err);
extern bool dn_mustache_render(const DnMustache *template, const DnMustacheValue *context, DnMustacheFormat format,
							   const DnMustacheCalls *calls, DnMustacheError *err);
extern bool dn_mustache_check(const DnMustache *template, const DnMustacheValue *sample,
							  const DnMustacheCalls *calls, DnMustacheError *err);
extern void dn_html_of_text(const char *text, size_t len, void (*put) (void *caller, const char *text, size_t len), void *caller);

#endif
