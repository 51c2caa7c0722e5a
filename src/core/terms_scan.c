/*
 * core/terms_scan.c: the words and numbers of payment terms.
 *
 * A text comes in any of the languages of terms_words.c, with or without
 * accents, and in any encoding in which ASCII is ASCII: accented letters of
 * UTF-8 and of Latin-1 count as the letters below them.
 */
#include "invariant.h"
#include "terms_parse.h"

#include <string.h>

bool
dn_digit_at(const DnScan *s, const char *p)
{
	return p < s->end && *p >= '0' && *p <= '9';
}

static bool
continues(const DnScan *s, const char *p, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (p + i >= s->end || ((unsigned char) p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/* As dn_letter, of any letter. */
char
dn_any_letter(const DnScan *s, const char **p)
{
	static const char latin1[] =
		"aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";
	unsigned char b;
	char		c = '\0';
	int			bytes = 1;

	if (*p >= s->end)
		return '\0';
	b = (unsigned char) **p;
	if (b >= 'A' && b <= 'Z')
		c = (char) (b - 'A' + 'a');
	else if (b >= 'a' && b <= 'z')
		c = (char) b;
	else if (b == 0xC3 && continues(s, *p + 1, 1))
	{
		c = latin1[(unsigned char) (*p)[1] & 0x3F];
		bytes = 2;
	}
	else if (b >= 0xC0 && !continues(s, *p + 1, b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1))
		c = latin1[b - 0xC0];
	if (c == '\0' || c == '*')
		return '\0';
	*p += bytes;
	while (s->end - *p >= 2 && (unsigned char) (*p)[0] == 0xCC && continues(s, *p + 1, 1))
		*p += 2;
	return c;
}

/* Whether these bytes stand at p. */
bool
dn_bytes_at(const DnScan *s, const char *p, const char *bytes, size_t len)
{
	return (size_t) (s->end - p) >= len && memcmp(p, bytes, len) == 0;
}

/* How many bytes of a blank or of punctuation that means nothing stand here. */
static int
blank(const DnScan *s, const char *p)
{
	if (p == s->end)
		return 0;
	switch ((unsigned char) *p)
	{
		case ' ': case '_': case '\t': case '\n': case '\r': case ':': case '(': case ')': case '*': case '"': case '!': case 0xA0:
			return 1;
		case '.':
			/* a full stop, but not that of a decimal */
			return !dn_digit_at(s, p + 1);
		case 0xC2:
			return dn_bytes_at(s, p, "\xC2\xA0", 2) || dn_bytes_at(s, p, "\xC2\xAB", 2) || dn_bytes_at(s, p, "\xC2\xBB", 2) ? 2 : 0;
		case 0xE2:
			return dn_bytes_at(s, p, "\xE2\x80\xAF", 3) || dn_bytes_at(s, p, "\xE2\x80\x89", 3) || dn_bytes_at(s, p, "\xE2\x80\xA6", 3) ? 3 : 0;
		default:
			return 0;
	}
}

void
dn_blanks(DnScan *s)
{
	int			n;

	while ((n = blank(s, s->p)) > 0)
		s->p += n;
}

/* Takes one character if it stands here. */
bool
dn_take(DnScan *s, char c)
{
	dn_blanks(s);
	return dn_char(s, c);
}

/* What separates the words of a phrase: blanks, hyphens, apostrophes, full stops. */
static const char *
gap(const DnScan *s, const char *p)
{
	const char *begin = p;

	while (p < s->end)
	{
		int			n = blank(s, p);

		if (n == 0 && (*p == '-' || *p == '\'' || *p == '.' || *p == '/'))
			n = 1;
		if (n == 0 && dn_bytes_at(s, p, "\xE2\x80\x99", 3))
			n = 3;
		if (n == 0)
			break;
		p += n;
	}
	return p > begin ? p : NULL;
}

/* What follows a part of a pattern. */
typedef struct Rest
{
	const char *p;
	const char *end;
	const struct Rest *next;
} Rest;

/*
 * A copy of all patterns.  For each place at which an alternative begins there
 * is the place of its end, and for each at which a group begins that of the
 * bracket that closes it; 0 while it was not looked for.
 */
#define PATTERNS_MAX 32000

static char patterns[PATTERNS_MAX];
static uint16_t patterns_end[PATTERNS_MAX];
static uint16_t patterns_close[PATTERNS_MAX];

/* The end of an alternative, which is a "|", the bracket of its group, or the end. */
static const char *
alternative_end(const char *begin)
{
	const char *w = begin;
	size_t		at = (uintptr_t) begin - (uintptr_t) patterns;
	int			depth = 0;

	if (at < PATTERNS_MAX && patterns_end[at] != 0)
		return patterns + patterns_end[at];
	for (; *w != '\0'; w++)
	{
		if (depth == 0 && (*w == '|' || *w == ')' || *w == ']'))
			break;
		depth += *w == '(' || *w == '[' ? 1 : *w == ')' || *w == ']' ? -1 : 0;
	}
	if (at < PATTERNS_MAX)
		patterns_end[at] = (uint16_t) (w - patterns);
	return w;
}

/* The bracket that closes the group at w. */
static const char *
group_end(const char *w)
{
	const char *close = w;
	size_t		at = (uintptr_t) w - (uintptr_t) patterns;

	if (at < PATTERNS_MAX && patterns_close[at] != 0)
		return patterns + patterns_close[at];
	do
		close = alternative_end(close + 1);
	while (*close == '|');
	if (at < PATTERNS_MAX)
		patterns_close[at] = (uint16_t) (close - patterns);
	return close;
}

/* Whether what stands at p may be what a pattern begins with. */
static bool
can_begin(const DnScan *s, const char *p, const char *w)
{
	return *w < 'a' || *w > 'z' || dn_letter(s, &p) == *w;
}

/*
 * Where the words of a pattern end if they stand at p, NULL if they do not.
 * Of alternatives the longest counts.
 */
static const char *
match(const DnScan *s, const char *p, const char *w, const char *end, const Rest *rest)
{
	for (; w < end; w++)
	{
		if (*w == '(' || *w == '[')
		{
			const char *longest = NULL;
			const char *close = group_end(w);

			if (*w == '[' && can_begin(s, p, close + 1))
				longest = match(s, p, close + 1, end, rest);
			do
			{
				const Rest	then = {close + 1, end, rest};
				const char *begin = w + 1;
				const char *found;

				w = alternative_end(begin);
				found = can_begin(s, p, begin) ? match(s, p, begin, w, &then) : NULL;
				if (found != NULL && (longest == NULL || found > longest))
					longest = found;
			} while (w < close);
			return longest;
		}
		if (*w == ' ')
		{
			p = gap(s, p);
			if (p == NULL)
				return NULL;
		}
		else if (dn_letter(s, &p) != *w)
			return NULL;
	}
	if (rest != NULL)
		return match(s, p, rest->p, rest->end, rest->next);
	end = p;
	return dn_letter(s, &end) == '\0' ? p : NULL;
}

bool
dn_words(DnScan *s, const char *text)
{
	const char *end;

	dn_blanks(s);
	end = match(s, s->p, text, text + strlen(text), NULL);
	if (end == NULL)
		return false;
	s->p = end;
	return true;
}

/* A pattern of any language, what it is read as, and its value. */
typedef struct Entry
{
	const char *p;
	const char *end;
	DnWords		kind;
	int			value;
} Entry;

/* An entry in the list of those that can begin with a pair of letters. */
typedef struct Place
{
	uint16_t	entry;
	uint16_t	next;			/* place, 0: none */
} Place;

#define ENTRIES_MAX 1500
#define PLACES_MAX 4000
#define LETTERS 26
#define PAIRS (LETTERS * (LETTERS + 1))	/* the second may be none: the end of a word */

/*
 * The patterns of all languages, and for each pair of letters the kinds that
 * have a pattern which can begin with it, and these patterns by their kind.
 */
static Entry entry[ENTRIES_MAX];
static Place place[PLACES_MAX];
static int	n_places;			/* 0 until they are there; the first is not used */
static uint16_t pair_place[PAIRS];
static uint64_t pair_kinds[PAIRS];

static int
pair_of(char first, char second)
{
	return (first - 'a') * (LETTERS + 1) + (second != '\0' ? second - 'a' : LETTERS);
}

/* Puts an entry before those of a pair, once. */
static void
add_place(int e, int pair)
{
	const Place before = {(uint16_t) e, pair_place[pair]};

	if (before.next != 0 && place[before.next].entry == e)
		return;
	dn_assert(n_places < PLACES_MAX);
	pair_place[pair] = (uint16_t) n_places;
	place[n_places++] = before;
	pair_kinds[pair] |= UINT64_C(1) << entry[e].kind;
}

/* Puts an entry before those of each pair that its pattern can begin with; "first" is '\0' before the first letter. */
static void
add_places(int e, char first, const char *w, const char *end, const Rest *rest)
{
	if (w < end && (*w == '(' || *w == '['))
	{
		const char *close = group_end(w);
		const Rest	then = {close + 1, end, rest};

		if (*w == '[')
			add_places(e, first, close + 1, end, rest);
		for (; w < close; w = alternative_end(w + 1))
			add_places(e, first, w + 1, alternative_end(w + 1), &then);
	}
	else if (w == end && rest != NULL)
		add_places(e, first, rest->p, rest->end, rest->next);
	else if (first == '\0')
		add_places(e, *w, w + 1, end, rest);
	else
		add_place(e, pair_of(first, w == end || *w == ' ' ? '\0' : *w));
}

/* Puts the patterns of a kind behind the n that are there, their text behind *used bytes; how many there are then. */
static int
add_patterns(DnWords kind, int n, size_t *used)
{
	int			i;

	for (i = 0; i < DN_LANGUAGES; i++)
	{
		const DnPhrase *p = dn_terms_words[i]->read[kind];

		for (; p != NULL && p->text != NULL; p++)
		{
			const size_t size = strlen(p->text) + 1;
			const char *w = patterns + *used;

			dn_assert(size <= PATTERNS_MAX - *used);
			memcpy(patterns + *used, p->text, size);
			*used += size;
			for (;; w++)
			{
				const Entry e = {w, alternative_end(w), kind, p->value};

				dn_assert(n < ENTRIES_MAX);
				entry[n++] = e;
				w = e.end;
				if (*w == '\0')
					break;
			}
		}
	}
	return n;
}

static void
make_entries(void)
{
	size_t		used = 0;
	int			n = 0;
	int			kind;

	for (kind = 0; kind < DN_WORDS_KINDS; kind++)
		n = add_patterns((DnWords) kind, n, &used);
	n_places = 1;
	while (n-- > 0)
		add_places(n, '\0', entry[n].p, entry[n].end, NULL);
}

/* Takes the longest phrase of a kind, of any language, that stands here. */
bool
dn_phrase(DnScan *s, DnWords kind, int *value)
{
	const char *longest = NULL;
	const char *after;
	char		first;
	int			pair;
	int			i;

	dn_blanks(s);
	after = s->p;
	first = dn_letter(s, &after);
	if (first == '\0')
		return false;
	if (n_places == 0)
		make_entries();
	pair = pair_of(first, dn_letter(s, &after));
	if (!(pair_kinds[pair] >> kind & 1))
		return false;
	for (i = pair_place[pair]; i != 0 && entry[place[i].entry].kind <= kind; i = place[i].next)
	{
		const Entry *e = &entry[place[i].entry];
		const char *end = e->kind == kind ? match(s, s->p, e->p, e->end, NULL) : NULL;

		if (end != NULL && (longest == NULL || end > longest))
		{
			longest = end;
			*value = e->value;
		}
	}
	if (longest == NULL)
		return false;
	s->p = longest;
	return true;
}

/* The same of phrases that mean no more than that they are there. */
bool
dn_skip(DnScan *s, DnWords kind)
{
	int			ignored;

	return dn_phrase(s, kind, &ignored);
}

/* Whether a phrase of a kind stands here. */
bool
dn_at(const DnScan *s, DnWords kind)
{
	DnScan		ahead = *s;

	return dn_skip(&ahead, kind);
}

/*
 * A decimal with a point or a comma as a whole number of 10^-scale units, at
 * most max of them.  Takes nothing where no digit stands.
 */
bool
dn_number(DnScan *s, int scale, int64_t max, int64_t *out, bool *fits)
{
	int64_t		v = 0;
	int			decimals = 0;

	dn_blanks(s);
	if (!dn_digit_at(s, s->p))
		return false;
	*fits = true;
	for (; dn_digit_at(s, s->p); s->p++)
	{
		if (v <= max)
			v = v * 10 + (*s->p - '0');
	}
	if (s->p < s->end && (*s->p == '.' || *s->p == ',') && dn_digit_at(s, s->p + 1))
	{
		for (s->p++; dn_digit_at(s, s->p); s->p++)
		{
			if (decimals == scale)
			{
				if (*s->p != '0')
					*fits = false;
				continue;
			}
			decimals++;
			if (v <= max)
				v = v * 10 + (*s->p - '0');
		}
	}
	for (; decimals < scale && v <= max; decimals++)
		v *= 10;
	if (v > max)
		*fits = false;
	*out = v;
	return true;
}

/*
 * Whether an amount that ends here was written with exactly three decimals:
 * somebody's thousands as likely as a fraction, so neither is assumed.
 */
bool
dn_thousands(DnScan *s, const char *begin)
{
	return s->p - begin > 4 && (s->p[-4] == '.' || s->p[-4] == ',') &&
		!dn_fail_at(s, begin, DN_SYNTAX, "an amount with three decimals could mean thousands: write 1000.00, or a fourth decimal");
}
