/*
 * core/procedure.h: a dunning procedure as a value.
 *
 *   5 email "Reminder"; 15 letter "Formal" fee 15.00 EUR min 50.00 EUR wait 7 manual; wait 3; mode jump
 *
 * Steps are in the order of their days; a step's level is its place, from 1.
 */
#ifndef DN_PROCEDURE_H
#define DN_PROCEDURE_H

#include "invariant.h"
#include "text.h"

#define DN_STEPS_MAX 64
#define DN_OFFSET_MAX 36500		/* days before or after the due date */
#define DN_WAIT_MAX 3650		/* days between two reminders */
#define DN_WAIT_DEFAULT 1
#define DN_CHANNEL_MAX 63		/* bytes */
#define DN_LABEL_MAX 127		/* bytes */

typedef struct DnStep
{
	int64_t		fee;			/* 10^-4 of fee_currency, 0: none */
	int64_t		min;			/* 10^-4 of min_currency, 0: none */
	int32_t		offset;			/* days from the due date */
	int32_t		wait;			/* since the reminder before; 0: the procedure's */
	char		fee_currency[4];
	char		min_currency[4];
	uint16_t	text;			/* offset of its texts: the channel, then the label */
	uint8_t		channel_len;
	uint8_t		label_len;		/* 0: no label */
	uint8_t		manual;			/* for a person to do, not for a machine to send */
	uint8_t		zero[3];
} DnStep;

typedef struct DnProcedure
{
	int32_t		n;
	int32_t		wait;
	bool		jump;			/* mode jump; otherwise stepwise */
	size_t		texts_len;
	const DnStep *step;
	const char *texts;
} DnProcedure;

/* Room for the parts of a procedure that is being read from a text. */
typedef struct DnProcedureRoom
{
	DnStep		step[DN_STEPS_MAX];
	char		texts[DN_STEPS_MAX * (DN_CHANNEL_MAX + DN_LABEL_MAX)];
} DnProcedureRoom;

extern bool dn_parse_procedure(const char *text, size_t len, DnProcedureRoom *room,
							   DnProcedure *p, DnError *err);
extern bool dn_procedure_valid(const DnProcedure *p);
extern void dn_print_procedure(DnOut *out, const void *procedure);
extern bool dn_same_steps(const DnProcedure *a, const DnProcedure *b, int levels);

#endif
