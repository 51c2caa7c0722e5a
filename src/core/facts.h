/*
 * core/facts.h: the dated facts of one item's process.
 *
 *   {reminder 5 email raised 2026-01-06 sent 2026-01-07; hold dispute from 2026-01-10 until 2026-02-10}
 *
 *   facts     '{' [fact {';' fact}] '}'
 *   fact      'reminder' when channel ['time' N] 'raised' on ['sent' on | 'skipped' on] ['cancelled' on | 'withdrawn' on]
 *           | 'hold' reason 'from' on ['until' on] ['released' on] ['stops' ('none' | 'automatic' | 'all')]
 *             ['then' ('continue' | 'wait' | 'restart')]
 *           | 'handover' whom 'on' on ['ended' on]
 *           | 'reject' code 'on' on ['ended' on]
 *   on        day ['noted' day]
 *   when      see core/when.h: the step that was done, by its day and its channel
 *
 * A reminder counts from the day on which it was raised, and no more from the
 * day on which it was cancelled, by a person, or withdrawn, by a run.  A hold
 * is in force from its first day through the day that "until" says, and no more
 * from the day of its release.  It stops all reminders, or the automatic ones,
 * or none.  After it the wait between two reminders begins again, or the
 * procedure from its first step, or all continues as if it had not been.
 *
 * A payment was rejected on a day, with the code that its bank says, or else another name.
 * A promise or a plan broke on the first day of a hold that is called broken_promise or
 * broken_plan, and had not if it is released.
 *
 * "noted" is the day on which somebody wrote down what the day before it says.
 * Without it that was the day itself, and for "until" the day on which the hold
 * was noted.  A decision does not look at it: dn_see_facts gives the facts that
 * were known on a day.
 */
#ifndef DN_FACTS_H
#define DN_FACTS_H

#include "days.h"
#include "text.h"
#include "when.h"

#define DN_FACTS_MAX 1000		/* facts of one item */
#define DN_NAME_MAX 63			/* bytes of a channel, a reason or a name */
#define DN_OCCURRENCE_MAX 100000

typedef enum DnFactKind
{
	DN_FACT_REMINDER,
	DN_FACT_HOLD,
	DN_FACT_HANDOVER,
	DN_FACT_REJECT
} DnFactKind;

typedef enum DnDone
{
	DN_PENDING,
	DN_SENT,
	DN_SKIPPED
} DnDone;

typedef enum DnStops
{
	DN_STOPS_ALL,
	DN_STOPS_AUTOMATIC,
	DN_STOPS_NONE
} DnStops;

typedef enum DnThen
{
	DN_THEN_CONTINUE,
	DN_THEN_WAIT,
	DN_THEN_RESTART
} DnThen;

typedef struct DnFact
{
	int32_t		on_day;			/* raised; first day of a hold; day of a handover or a rejection */
	int32_t		done_on;		/* sent or skipped; last day of a hold; DN_DAY_NEVER: not said */
	int32_t		ended_on;		/* cancelled or withdrawn, released, ended: first day without it; DN_DAY_NEVER */
	int32_t		noted;			/* the days on which these three were noted, DN_DAY_NEVER where they are */
	int32_t		done_noted;
	int32_t		ended_noted;
	int32_t		occurrence;		/* of a reminder, from 1: of an event's, which event */
	DnWhen		when;			/* of a reminder */
	uint32_t	name;			/* offset of its name in the texts */
	uint8_t		name_len;
	uint8_t		kind;			/* DnFactKind */
	uint8_t		how;			/* DnDone of a reminder, DnStops of a hold */
	uint8_t		then;			/* DnThen of a hold; 1: a reminder that a run withdrew */
} DnFact;

typedef struct DnFacts
{
	int32_t		n;
	size_t		names_len;
	const DnFact *fact;
	const char *names;			/* of the facts, in their order */
} DnFacts;

static inline const char *
dn_fact_name(const DnFacts *facts, const DnFact *fact)
{
	return facts->names + fact->name;
}

/* Whether a fact of any kind is there on a day: it has begun and not been ended. */
static inline bool
dn_fact_stands(const DnFact *fact, int32_t day)
{
	return fact->on_day <= day && (fact->ended_on > day || fact->ended_on == DN_DAY_NEVER);
}

/* Whether a reminder was sent or skipped by a day. */
static inline bool
dn_fact_done(const DnFact *fact, int32_t day)
{
	return fact->done_on <= day && fact->done_on != DN_DAY_NEVER;
}

/* The last day of a hold, as it is known on a day. */
static inline int32_t
dn_hold_last(const DnFact *hold, int32_t day)
{
	int32_t		last = hold->done_on;

	if (hold->ended_on <= day && dn_day_add(hold->ended_on, -1) < last)
		last = dn_day_add(hold->ended_on, -1);
	return last;
}

extern size_t dn_facts_room(const char *text, size_t len);
extern bool dn_parse_facts(const char *text, size_t len, DnFact *room, char *names,
						   DnFacts *facts, DnError *err);
extern void dn_sort_facts(DnFact *fact, int32_t n, const char *names);
extern void dn_fill_names(DnFact *fact, int32_t n, const char *names, char *out);
extern void dn_note_fact(DnFact *fact);
extern bool dn_see_fact(DnFact *fact, int32_t day);
extern void dn_see_facts(const DnFacts *facts, int32_t day, DnFact *room, DnFacts *seen);
extern bool dn_facts_valid(const DnFacts *facts);
extern bool dn_fact_valid(const DnFact *fact);
extern bool dn_name_valid(const char *name, size_t len);
extern void dn_print_facts(DnOut *out, const void *facts);

#endif
