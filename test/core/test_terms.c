/* test_terms.c: payment terms of core/terms.c */
#include "core/terms.h"

#include "mutate.h"
#include "tap.h"

static DnTermsRoom room;
static DnTermsRoom room2;

static bool
parse(const char *text, DnTerms *t)
{
	DnError		err;

	return dn_parse_terms(text, strlen(text), &room, t, &err);
}

static bool
same(const DnTerms *a, const DnTerms *b)
{
	return a->n_parts == b->n_parts && a->n_discounts == b->n_discounts && a->n_moves == b->n_moves &&
		a->shift == b->shift && a->tax == b->tax &&
		memcmp(a->part, b->part, (size_t) a->n_parts * sizeof(DnPart)) == 0 &&
		memcmp(a->discount, b->discount, (size_t) a->n_discounts * sizeof(DnDiscount)) == 0 &&
		memcmp(a->move, b->move, (size_t) a->n_moves * sizeof(DnMove)) == 0;
}

/* The canonical text of a literal, in a buffer of its own; "" if refused. */
static const char *
canonical(const char *text)
{
	static char buf[2000];
	DnOut		out = {buf, sizeof(buf) - 1, 0};
	DnTerms		t;

	if (!parse(text, &t))
		return "";
	dn_print_terms(&out, &t);
	buf[out.len] = '\0';
	return buf;
}

/* The same words in UTF-8, in Latin-1, decomposed, and without accents. */
static void
encodings(void)
{
	static const char *const expected = "30% on order; balance 10 days end of ten-day period";

	is_text(canonical("30 % \xC3\xA0 la commande, solde \xC3\xA0 10 jours fin de d\xC3\xA9" "cade"), expected, "UTF-8");
	is_text(canonical("30 % \xE0 la commande, solde \xE0 10 jours fin de d\xE9" "cade"), expected, "Latin-1");
	is_text(canonical("30 % a\xCC\x80 la commande, solde a\xCC\x80 10 jours fin de de\xCC\x81" "cade"), expected, "decomposed");
	is_text(canonical("30 % A LA COMMANDE, SOLDE A 10 JOURS FIN DE DECADE"), expected, "capitals without accents");
	is_text(canonical("30\xC2\xA0% \xC3\x80 la commande, solde \xC3\xA0\xE2\x80\xAF" "10 jours fin de d\xC3\x89" "CADE"), expected,
			"blanks that do not break, and capitals");
	is_text(canonical("30\xA0% \xE0\xA0la commande, solde \xE0 10 jours fin de d\xC9" "cade"), expected, "the same in Latin-1");
	is_text(canonical("60 jours date d\xE2\x80\x99\xC3\xA9mission de la facture"), "net 60", "a typographic apostrophe");
	is_text(canonical("30 jours d\xE2\x80\x93"), "", "a dash is no letter");
}

/* What must not be read, and where it is said to be wrong. */
static void
refusals(void)
{
	static const struct
	{
		const char *text;
		int			at;
	}			refused[] = {
		/* that end of month or the next one */
		{"EOM following invoice", 4}, {"EOM after invoice date", 4}, {"end of month following invoice date", 13}, {"end of the month after the invoice", 17}, {"month end following receipt of invoice", 10},
		{"fin de mois suivant facture", 0}, {"fin de mois suivant la date de facture", 0}, {"fin de mois apr\xC3\xA8s facture", 12}, {"fin de mois apr\xC3\xA8s r\xC3\xA9" "ception", 12}, {"10 jours apr\xC3\xA8s la fin de mois suivant la facture", 9},
		{"Ende des Monats nach Rechnungsdatum", 16}, {"Monatsende nach Rechnungserhalt", 11}, {"einde maand na factuurdatum", 12}, {"einde van de maand na ontvangst factuur", 19},
		{"fine mese dopo la fattura", 10}, {"fin de mes despu\xC3\xA9s de la factura", 11}, {"fin de mes tras la fecha de factura", 11}, {"end of week following invoice", 12},
		{"30 jours fin de mois le 31", 21}, {"end of month on the 31st", 13}, {"30 days EOM on the 31st", 12}, {"30 Tage Monatsende am 31.", 19}, {"fine mese il 31", 10}, {"fin de mes el d\xC3\xAD" "a 31", 11},
		/* a part or a discount, and a discount that does not end */
		{"10 days 2%, balance 30 days", 0}, {"2% 10 days, balance 30 days", 0}, {"2% 10 days; balance net 30", 0}, {"2 % \xC3\xA0 10 jours, solde \xC3\xA0 30 jours", 0}, {"10 Tage 2%, Rest 30 Tage", 0},
		{"10 dagen 2%, restant 30 dagen", 0}, {"10 giorni 2%, saldo 30 giorni", 0}, {"10 d\xC3\xAD" "as 2%, resto 30 d\xC3\xAD" "as", 0}, {"2% comptant, solde 30 jours", 0}, {"30% on order, 5% 30 days, balance 60 days", 14},
		{"2% after 10 days, net 30", 0}, {"after 10 days 2%, net 30", 0}, {"net 30, 2% after 10 days", 8}, {"2% discount after 10 days, net 30", 0}, {"2% nach 10 Tagen, 30 Tage netto", 0}, {"2% Skonto nach 10 Tagen, 30 Tage netto", 0},
		{"2% na 10 dagen, 30 dagen netto", 0}, {"2 % apr\xC3\xA8s 10 jours, 30 jours nets", 4}, {"2% dopo 10 giorni, 30 giorni", 3},
		{"1/3, 1/3, 1/3", 3}, {"1/10 discount, net 30", 13}, {"30 days plus 2%", 14}, {"50%/50%", 3},
		{"10/2 net 30", 0}, {"net 30, 10/2", 8},
		/* days before it, not after */
		{"Net 30 no discount 2/10", 19}, {"Net 30 without discount 2% 10 days", 24}, {"30 jours nets sans escompte 2% sous 10 jours", 28}, {"30 Tage netto kein Skonto 2% 10 Tage", 26},
		{"30 days in advance", 8}, {"net 10 days advance", 12}, {"30 jours d'avance", 9}, {"30 jours \xC3\xA0 l'avance", 9}, {"30 Tage im Voraus", 8}, {"14 Tage Vorkasse", 8}, {"30 dagen vooraf", 9}, {"30 giorni anticipato", 10},
		{"30 d\xC3\xAD" "as por adelantado", 9}, {"30 days COD", 8}, {"14 Tage Nachnahme", 8}, {"30 jours contre remboursement", 9},
		/* the day itself or the day before it, and two numbers */
		{"paiement avant le 10", 9}, {"before the 10th", 0}, {"avant le 31/03/2026", 0}, {"vor dem 10. des Folgemonats", 0}, {"voor de 10e", 0}, {"prima del 10", 0}, {"antes del 10", 0}, {"30 (quinze) jours", 0},
		/* what is off if it is paid early is no part, a month is not the day in it, and what was cut off is not read */
		{"1% if paid within 7 days, balance 45 days", 0}, {"1 % si paiement sous 8 jours, solde \xC3\xA0 30 jours", 0}, {"3% bei Zahlung innerhalb 7 Tagen, Rest 30 Tage", 0},
		{"2% bij betaling binnen 8 dagen, rest 30 dagen", 0}, {"end of month following the month of invoice", 13}, {"30 days from the month of invoice", 8},
		{"10 days 50%, net 30", 0}, {"30 jours ou", 11}, {"net 30 or", 9}, {"30 Tage oder", 12}, {"net 3O", 6},
		{"30 or 45 days", 2}, {"30 ou 45 jours fin de mois", 2}, {"30 oder 45 Tage", 2}, {"30 o 60 giorni", 2}, {"30 oppure 60 gg", 2},
		{"30 of 45 dagen", 2}, {"30 sonst 60 Tage", 2}, {"30 sinon 60 jours", 2}, {"30 altrimenti 60 giorni", 2}, {"30 or else 60 days", 2},
		{"40% \xC3\xA0 la livraison +0+0e solde fin du mois suivant", 22}, {"30 anders 60 dagen", 2}, {"50 or 50", 2}, {"30% on order, otherwise 70% net 30", 24}, {"net 30, otherwise 2% 10 days", 18},
		/* a discount after the due date */
		{"2% 10 EOM, net 30", 0}, {"2/10 EOM, n/30", 0}, {"2/10 EOM, net 30", 0}, {"2/10 prox net 30", 0}, {"2% 10th prox, net 30", 0}, {"2% 10th prox net 30th", 0},
		{"14 Tage netto, 30 Tage 2% Skonto", 15}, {"1% 5 days, 2% 31 days, net 30", 11}, {"2% 10 days, end of month", 0}, {"2% 29 days, net 1 month", 0},
		{"2% 10 business days, net 13", 0}, {"2% 10 days, on delivery", 0}, {"2% discount 10 days; 50% net 5; balance net 8", 0},
		/* no day of the month, and a day or a month first */
		{"30 jours le 30/31", 15}, {"fin de mois le 30/31", 18}, {"on 04/05/2026", 3}, {"due 04-05-2026", 4}, {"04/05/2026", 0}, {"30% on order; balance 04/05/2026", 22}, {"50% upfront; remainder 04/05/2026", 23},
		/* what is due before an event has no day */
		{"30 jours avant livraison", 9}, {"50% on order, balance 10 days before delivery", 30}, {"net 10 prior to shipment", 7}, {"7 Tage vor Lieferung", 7},
		{"10 dagen voor levering", 9}, {"15 giorni prima della consegna", 10}, {"2% 10 jours avant livraison, 30 jours nets", 12},
		/* a date without its year */
		{"le 30/06", 6}, {"au 31/12", 6}, {"op 31/12", 6}, {"due on 4/15", 9}, {"due the 15/04", 11},
		/* one end of a period, and none after a day of the month */
		{"45 jours fin de mois (45 jours puis fin de mois)", 22}, {"le 15 fin de mois", 6}, {"30 jours le 10 fin de mois", 15}, {"the 15th end of month", 9},
		{"fin de mois fin de mois", 12}, {"end of month + end of month", 13}, {"Ende des Monats zum Monatsende", 16}, {"EOM EOM", 4}, {"fin de mois + 30 jours fin de mois", 23},
		{"fin de semaine fin de mois", 15}, {"on the 15th, the last day of the month", 13}, {"le 15 fin du mois suivant", 6}, {"30 jours fin du mois suivant", 9},
		{"1/3 30 jours", 0}, {"30 jours, 1/3", 10}, {"30 days with 2% 60 days", 13}, {"net 30 with 2% late fee after 10 days", 37}, {"net -30", 4}, {"10 jours dernier jour du mois de facturation", 9}, {"30 jours fin du mois en cours", 9}, {"30 Tage Ende des Rechnungsmonats", 8},
		/* a month counted from that of issue, parts that are not as many as said, a date without its year */
		{"30 jours le 10 M+1", 16}, {"fin M+30", 6}, {"paiement \xC3\xA0 M+1", 12}, {"J-30", 0}, {"en 2 fois 30/60/90 jours", 10}, {"3 fois 30 jours", 7}, {"30, 60 jours", 2}, {"2/10/30 jours", 0},
		{"le 10 avril", 3}, {"May 3", 0}, {"payment on 31 April 2026", 11}, {"zahlbar nach Monatsende", 8}, {"30 jours, facture le 10", 10},
		{"facture 2026-03-31", 8}, {"Rechnung 31.03.2026", 9}, {"zahlbar nach 31.03.2026", 8}, {"J+30 J+60", 9}, {"net 30 EOM + 5", 14},
		{"2/10 \xC3\xA0 la commande, solde 30 jours", 0},
		/* what a late payer owes is no discount */
		{"2% late 30 days", 3}, {"30 jours, 10 % d'int\xC3\xA9r\xC3\xAAts 60 jours", 15},
		{"45 jours fin de mois 15 jours", 21}, {"COD 2% 10 days", 4}, {"30 jours fin de quinzaine le 0", 26},
		/* one list of days, a part that is no discount, a line that says a day */
		{"60 jours fin de mois le 10, le 25", 28}, {"le 5, le 15, le 25", 6}, {"on the 15th, the 30th", 13},
		{"50% 30 days, net 60", 0}, {"30% \xC3\xA0 30 jours, 60 jours fin de mois", 0}, {"40% 14 Tage, 60 Tage netto", 0},
		{"#SKONTO#TAGE=14#PROZENT=2.00#\nZahlbar innerhalb eines Quartals", 48},
		{"payable 03/04/2026", 8}, {"net 03/04/2026", 4}, {"net payable 03/04/2026", 12}
	};
	size_t		i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
	{
		DnTerms		t;
		DnError		err = {DN_OK, 0, NULL};

		ok(!dn_parse_terms(refused[i].text, strlen(refused[i].text), &room, &t, &err), "refused: %s", refused[i].text);
		is_int((int) err.at, refused[i].at, "the place in %s", refused[i].text);
	}
}

/* What looks like those and is read. */
static void
readings(void)
{
	static const char *const read[][2] = {
		{"the end of the month following the invoice date", "end of the following month"}, {"last day of the month after the invoice date", "end of the following month"}, {"fin du mois suivant la date de facture", "end of the following month"},
		{"fin de mois suivant", "end of the following month"}, {"fin de mois suivant celui de la facture", "end of the following month"}, {"EOM from invoice date", "end of month"}, {"Monatsende ab Rechnungsdatum", "end of month"}, {"fine mese data fattura", "end of month"},
		{"45 jours fin de mois apr\xC3\xA8s la date d'\xC3\xA9mission de la facture", "45 days end of month"}, {"30 days end of month after invoice date", "30 days end of month"}, {"30 dagen einde maand na factuurdatum", "30 days end of month"},
		{"30 jours fin de mois le 31 du mois suivant", "30 days end of month on the 31st of the following month"}, {"60 jours fin de mois le 30", "60 days end of month on the 30th"},
		{"30 jours fin de mois le 28 du mois", "30 days end of month on the 28th"}, {"60 Tage Monatsende am 30. des Monats", "60 days end of month on the 30th"},
		{"2 % \xC3\xA0 10 jours, 30 jours nets sans escompte", "2% 10 days, net 30"}, {"30 Tage netto ohne Abzug, 2% 14 Tage", "2% 14 days, net 30"},
		{"2% of the total 10 days, balance 30 days", "2% of the total net 10; balance net 30"}, {"2 % du total \xC3\xA0 10 jours, solde \xC3\xA0 30 jours", "2% of the total net 10; balance net 30"}, {"5% \xC3\xA0 la commande, solde \xC3\xA0 30 jours", "5% of the total on order; balance net 30"},
		{"2% 10 days; 98% net 30", "2% of the total net 10; 98% net 30"}, {"10% 10 days, balance 30 days", "10% net 10; balance net 30"}, {"2% 10 days after invoice, net 30", "2% 10 days, net 30"}, {"30% after 10 days, balance after 30 days", "30% net 10; balance net 30"},
		{"1/3 \xC3\xA0 la commande 1/3 \xC3\xA0 la livraison 1/3 \xC3\xA0 30 jours", "1/3 of the total on order; 1/3 of the total on delivery; balance net 30"}, {"1/3 30 jours 1/3 60 jours 1/3 90 jours", "1/3 of the total net 30; 1/3 of the total net 60; balance net 90"},
		{"1/3 fin de mois 1/3 30 jours 1/3 60 jours", "1/3 of the total end of month; 1/3 of the total net 30; balance net 60"}, {"1/3 net 30, 1/3 net 60, 1/3 net 90", "1/3 of the total net 30; 1/3 of the total net 60; balance net 90"}, {"1/3 net 30", "1% 3 days, net 30"},
		{"1/3 Anzahlung 1/3 bei Lieferung 1/3 30 Tage", "1/3 of the total on order; 1/3 of the total on delivery; balance net 30"}, {"1/2 \xC3\xA0 la commande 1/2 \xC3\xA0 la livraison", "50% on order; 50% on delivery"}, {"2/6 of the total net 30; balance net 60", "1/3 of the total net 30; balance net 60"},
		{"7/60 of the total net 30; balance net 60", "7/60 of the total net 30; balance net 60"}, {"1/40 of the total net 30; balance net 60", "2.5% of the total net 30; balance net 60"},
		{"30 jours date de r\xC3\xA9" "ception", "net 30"}, {"date de r\xC3\xA9" "ception", "on receipt"}, {"60 jours date fact.", "net 60"}, {"60 j date de fact", "net 60"}, {"30 (trente) jours nets", "net 30"}, {"14 (vierzehn) Tage", "net 14"}, {"30 (thirty) days", "net 30"},
		{"45 jours fin de mois (art. L441-10)", "45 days end of month"}, {"60 jours nets, article L. 441-10 du Code de commerce", "net 60"}, {"45 jours fin de mois (LME)", "45 days end of month"}, {"by the 10th", "on the 10th"},
		{"Netto Kasse", "on receipt"}, {"30 Tage netto Kasse", "net 30"}, {"30 Tg. netto", "net 30"}, {"14 Tg. 2%, 30 Tg. netto", "2% 14 days, net 30"}, {"30 dgn netto", "net 30"}, {"15th of month following", "on the 15th of the following month"},
		{"30 days from date of receipt", "net 30"}, {"30 days from date of receipt of the goods", "on delivery + 30 days"}, {"30 gg data fatt.", "net 30"}, {"60 d\xC3\xAD" "as fecha fra.", "net 60"}, {"30 Tage nach Re.-Datum", "net 30"}, {"30 dagen na fact.datum", "net 30"},
		{"2 % le 10, le 05/03/2026", "2% on the 10th, on 2026-03-05"}, {"30 % le 10, solde le 05/03/2026", "30% on the 10th; balance on 2026-03-05"}, {"100% avance", "on order"}, {"the last day of the month", "on the 31st"}, {"sofort ohne jeden Abzug", "on receipt"}, {"la totalit\xC3\xA9 \xC3\xA0 la commande", "on order"}, {"LCR directe 60 jours", "net 60"},
		{"tous les 15 du mois", "on the 15th"}, {"end of month plus 30 days", "end of month + 30 days"}, {"fin de mois plus 15 jours", "end of month + 15 days"}, {"due 15th & 30th", "on the 15th or 30th"},
		{"50% on order & 50% on delivery", "50% on order; 50% on delivery"}, {"2%/10 net 30", "2% 10 days, net 30"}, {"30 net", "net 30"}, {"14 dagen na dagtekening", "net 14"}, {"30 jours au plus", "net 30"},
		{"acompte 30% \xC3\xA0 la commande, solde livraison", "30% on order; balance on delivery"}, {"Ende des auf die Rechnung folgenden Monats", "end of the following month"}, {"30JFDM", "30 days end of month"},
		{"30 and 60 days", "50% net 30; balance net 60"}, {"30 puis 60 jours", "50% net 30; balance net 60"},
		{"2% 10 days, otherwise net 30", "2% 10 days, net 30"}, {"2/10 or net 30", "2% 10 days, net 30"},
		{"2% 10 EOM net 30", "2% end of month + 10 days, end of month + 30 days"}, {"2% 10 days EOM net 30 days", "2% end of month + 10 days, end of month + 30 days"},
		{"2/10 EOM net 30", "2% end of month + 10 days, end of month + 30 days"}, {"2/10 net 30 EOM", "2% end of month + 10 days, end of month + 30 days"},
		{"2% 10 net 30 EOM", "2% end of month + 10 days, end of month + 30 days"},
		{"2% 10, Net 30 EOM", "2% 10 days, end of month + 30 days"}, {"2/10, net 30 EOM", "2% 10 days, end of month + 30 days"},
		{"2% 10 days. Net 30 EOM.", "2% 10 days, end of month + 30 days"},
		{"2% 30 days, net 30", "2% 30 days, net 30"}, {"2% 28 days, net 1 month", "2% 28 days, net 1 month"}, {"2% 10 business days, net 14", "2% 10 business days, net 14"},
		{"2% 10 days, on 2026-03-31", "2% 10 days, on 2026-03-31"},
		{"30 jours fin de mois le dernier jour du mois", "30 days end of month"}, {"fin de mois + 45 jours le dernier jour du mois", "end of month + 45 days on the next 31st"},
		{"30 jours le dernier jour du mois", "30 days on the 31st"}, {"le 30 ou le 31", "on the 30th or 31st"}, {"le 10/25", "on the 10th or 25th"},
		{"le 04/05/2026", "on 2026-05-04"}, {"15% discount 10 days, net 30", "15% discount 10 days, net 30"}, {"le 15/30", "on the 15th or 30th"},
		{"last day of the month following the invoice date", "end of the following month"}, {"50% avant livraison, solde net 30", "50% on delivery; balance net 30"}, {"payable le 03/04/2026", "on 2026-04-03"}, {"payable 25/04/2026", "on 2026-04-25"}, {"am 04.05.2026", "on 2026-05-04"}, {"on 04.05.2026", "on 2026-05-04"}, {"on 31/03/2026", "on 2026-03-31"},
		{"due 05/05/2026", "on 2026-05-05"}, {"#SKONTO#TAGE=14#PROZENT=2.00#\nZahlbar innerhalb eines Monats", "2% 14 days, net 1 month"}, {"30 days on the 31st of the following month", "30 days on the 31st of the following month"},
		{"fin M+1", "1 month end of month"}, {"le 10 M+2", "1 month on the 10th of the following month"}, {"15 M+1", "on the 15th of the following month"}, {"J+30 fin de mois", "30 days end of month"},
		{"2/3 \xC3\xA0 la commande, solde \xC3\xA0 30 jours", "2/3 of the total on order; balance net 30"}, {"3/4 \xC3\xA0 la commande, 1/4 \xC3\xA0 30 jours", "75% on order; 25% net 30"}, {"3/5, n/30", "3% 5 days, net 30"}, {"net 30, 50% deposit", "50% on order; balance net 30"}, {"30 jours avec acompte de 30 %", "30% on order; balance net 30"}, {"30 jours avec escompte 2 % \xC3\xA0 10 jours", "2% 10 days, net 30"}, {"Net 30 with 2% discount if paid within 10 days", "2% 10 days, net 30"}, {"late fee 2%, net 30", "net 30"}, {"factures payables le 31/03/2026", "on 2026-03-31"},
		{"\xC3\xA0 la commande 30 %, solde \xC3\xA0 30 jours", "30% on order; balance net 30"}, {"on order 30%, balance net 30", "30% on order; balance net 30"},
		{"Vorkasse 50 %, Rest 30 Tage", "50% on order; balance net 30"}, {"al pedido 30%, resto a 30 d\xC3\xAD" "as", "30% on order; balance net 30"}, {"Vorkasse 50 %, 30 Tage netto", "50% on order; balance net 30"},
		{"\xC3\xA0 la commande 30 %, \xC3\xA0 la livraison 30 %, solde \xC3\xA0 30 jours", "30% on order; 30% on delivery; balance net 30"}, {"30 jours 50 %, solde 60 jours", "50% net 30; balance net 60"},
		{"14 Tage 2%, 30 Tage netto", "2% 14 days, net 30"}, {"20th of month following invoice date", "on the 20th of the following month"}, {"Due 1st of month following receipt of invoice", "on the 1st of the following month"},
		{"am 15. des Monats nach Rechnungserhalt", "on the 15th of the following month"}, {"15e van de maand na factuurdatum", "on the 15th of the following month"}, {"il 15 del mese dopo la fattura", "on the 15th of the following month"},
		{"el 20 del mes despu\xC3\xA9s de la fecha de factura", "on the 20th of the following month"}, {"20 du mois apr\xC3\xA8s la facture", "on the 20th of the following month"}, {"15th of month of invoice", "on the 15th"},
		{"sous huitaine", "net 8"}, {"quinzaine", "net 15"}, {"within a fortnight", "net 14"}, {"trois mois", "net 3 months"}, {"zwei Wochen", "net 2 weeks"},
		{"en 3 fois : 30, 60, 90 jours fin de mois", "1/3 of the total 30 days end of month; 1/3 of the total 60 days end of month; balance 90 days end of month"}, {"par tiers \xC3\xA0 30, 60 et 90 jours", "1/3 of the total net 30; 1/3 of the total net 60; balance net 90"},
		{"le 10, 20 ou 30", "on the 10th or 20th or 30th"}, {"le 5 de chaque mois", "on the 5th"}, {"due March 15, 2026", "on 2026-03-15"}, {"le 1er mai 2026", "on 2026-05-01"}, {"15. April 2026", "on 2026-04-15"},
		{"15 de abril de 2026", "on 2026-04-15"}, {"15-Mar-2026", "on 2026-03-15"}, {"30 jours fin de mois, payable le 10", "30 days end of month on the 10th"}, {"30 jours de la livraison", "on delivery + 30 days"},
		{"net 30 or 2% discount 10 days", "2% 10 days, net 30"}, {"30 jours. P\xC3\xA9nalit\xC3\xA9s de retard : 3 fois le taux l\xC3\xA9gal, indemnit\xC3\xA9 forfaitaire de 40 EUR", "net 30"},
		{"30 jours fin de mois . Int\xC3\xA9r\xC3\xAAts de retard 3 fois le taux l\xC3\xA9gal.", "30 days end of month"}, {"Net 30 . Late fee 1.5% per month", "net 30"},
		{"net 30, 1.5% per month late fee", "net 30"}, {"2% 10 days, net 30, 1.5% interest per month on overdue balances", "2% 10 days, net 30"}, {"30 jours, sauf accord contraire", "net 30"},
		{"45 jours fin de mois + 15 jours", "45 days end of month + 15 days"}, {"fin de mois 45 jours", "end of month + 45 days"}, {"cash 2%, net 30", "2% on receipt, net 30"}, {"90 days, on the 10th", "90 days on the 10th"}
	};
	size_t		i;
	DnTerms		t,
				again;
	DnError		err;

	for (i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		is_text(canonical(read[i][0]), read[i][1], "%s", read[i][0]);
	parse("2% 10 days, on 2026-05-04", &t);
	for (i = 0; i < DN_LANGUAGES; i++)
	{
		DnDescribed d = {&t, (DnLanguage) i};
		size_t		len;
		char	   *out = printed(dn_describe_terms, &d, &len);

		ok(dn_parse_terms(out, len, &room2, &again, &err) && same(&t, &again), "read back: %.*s", (int) len, out);
		free(out);
	}
}

/*
 * Every rule of up to three moves beside a day found by a walk from day to
 * day, which knows no arithmetic of months.  What a rule says of the day of
 * the month, 31 for its end, counts for the months that follow.
 */
static int32_t
walk(const DnMove *m, int32_t day, int *said)
{
	int32_t		y,
				y0;
	int			month,
				month0,
				d,
				k;

	dn_civil(day, &y, &month, &d);
	switch (m->kind)
	{
		case DN_MOVE_DAYS:
			*said = 0;
			return day + m->n;
		case DN_MOVE_WEEKS:
			*said = 0;
			return day + 7 * m->n;
		case DN_MOVE_MONTHS:
			if (*said != 0)
				d = *said;
			for (k = 0; k < m->n; k++)
			{
				/* on to the first of the next month */
				do
					dn_civil(++day, &y, &month0, &y0);
				while (y0 != 1);
			}
			for (k = 1; k < d; k++)
			{
				dn_civil(day + 1, &y, &month, &y0);
				if (y0 == 1)
					break;
				day++;
			}
			return day;
		case DN_MOVE_BUSINESS:
			*said = 0;
			for (k = 0; k < m->n; k += dn_weekday(day) < 5)
				day++;
			return day;
		case DN_MOVE_END:
			for (;; day++)
			{
				dn_civil(day, &y0, &month0, &k);
				dn_civil(day + 1, &y, &month, &d);
				*said = m->n != DN_PERIOD_WEEK && d == 1 ? 31 : 0;
				if ((m->n == DN_PERIOD_WEEK && dn_weekday(day) == 6) ||
					(m->n == DN_PERIOD_TEN_DAYS && (k == 10 || k == 20)) ||
					(m->n == DN_PERIOD_HALF_MONTH && k == 15))
					return day;
				if (d == 1 && (m->n == DN_PERIOD_TEN_DAYS || m->n == DN_PERIOD_HALF_MONTH || m->n == DN_PERIOD_MONTH ||
							   (m->n == DN_PERIOD_QUARTER && month0 % 3 == 0) || (m->n == DN_PERIOD_YEAR && month0 == 12)))
					return day;
			}
		case DN_MOVE_NEXT:
			for (;; day++)
			{
				int			after;

				dn_civil(day, &y, &month, &d);
				dn_civil(day + 1, &y, &month, &after);
				/* the last day of a month stands for those that it does not have */
				for (*said = d; *said <= 31; (*said)++)
					if ((m->n & (INT32_C(1) << (*said - 1))) && (*said == d || after == 1))
						return day;
			}
		case DN_MOVE_FOLLOWING:
			*said = m->n;
			do
				dn_civil(++day, &y, &month, &d);
			while (d != 1);
			for (k = 1; k < m->n; k++)
			{
				dn_civil(day + 1, &y, &month, &d);
				if (d == 1)
					break;
				day++;
			}
			return day;
		default:
			return day;
	}
}

static void
days(void)
{
	static const DnCalendar weekends = {.weekend = DN_WEEKEND_DEFAULT};
	DnMove		move[3];
	DnTerms		t;
	int			wrong = 0;
	int			i,
				k;

	memset(&t, 0, sizeof(t));
	memset(move, 0, sizeof(move));
	t.move = move;
	for (i = 0; i < 100000; i++)
	{
		int			n = 1 + (int) mutate_random(3);
		int32_t		issued = 7000 + (int32_t) mutate_random(4000);
		int32_t		expected = issued,
					got;
		int			said = 0;

		for (k = 0; k < n; k++)
		{
			static const int below[] = {100, 10, 15, 30, DN_PERIODS, INT32_MAX, 31};
			int			kind = (int) mutate_random(7);

			move[k].kind = (uint8_t) kind;
			move[k].n = (int32_t) mutate_random((uint64_t) below[kind]) + (kind == DN_MOVE_END ? 0 : 1);
			if (kind == DN_MOVE_NEXT)
				move[k].n = INT32_C(1) << mutate_random(31) | INT32_C(1) << mutate_random(31);
			expected = walk(&move[k], expected, &said);
		}
		wrong += dn_rule_day(&t, 0, n, &weekends, issued, &got) != DN_DAY_FOUND || got != expected;
	}
	is_int(wrong, 0, "every rule leads to the day that a walk finds");
}

/* The parts add up, whatever the terms and the amount, and have its sign. */
static void
parts(void)
{
	int			wrong = 0;
	int			i,
				k;

	for (i = 0; i < 100000; i++)
	{
		DnPart		part[DN_PARTS_MAX];
		DnTerms		t;
		int64_t		split[DN_PARTS_MAX];
		int64_t		amount = (int64_t) mutate_random(i % 2 ? 2000000 : UINT64_C(1800000000000000000));
		int64_t		sum = 0;
		int			decimals = (int) mutate_random(5);

		memset(part, 0, sizeof(part));
		memset(&t, 0, sizeof(t));
		t.part = part;
		t.n_parts = 1 + (int) mutate_random(DN_PARTS_MAX);
		amount -= i % 2 ? 1000000 : INT64_C(900000000000000000);
		for (k = 0; k < t.n_parts; k++)
		{
			part[k].share = k == t.n_parts - 1 ? DN_SHARE_BALANCE : (uint8_t) mutate_random(3);
			part[k].value = part[k].share == DN_SHARE_AMOUNT ? (int64_t) mutate_random(1000000) :
				(int64_t) mutate_random((uint64_t) DN_PERCENT_WHOLE / 10);
		}
		if (!dn_split(&t, amount, decimals, split))
		{
			wrong++;
			continue;
		}
		for (k = 0; k < t.n_parts; k++)
		{
			sum += split[k];
			wrong += amount < 0 ? split[k] > 0 : split[k] < 0;
		}
		wrong += sum != amount;
	}
	is_int(wrong, 0, "the parts add up and none goes the other way");
}

static void
percents(void)
{
	int64_t		v;

	ok(dn_ratio_of(50, 50000000, DN_PERCENT_WHOLE, 2, &v) && v == 0, "half of 0.0050 is 0.00");
	ok(dn_ratio_of(100, 50000000, DN_PERCENT_WHOLE, 2, &v) && v == 100, "half of a cent is a cent");
	ok(dn_ratio_of(-100, 50000000, DN_PERCENT_WHOLE, 2, &v) && v == -100, "half of a negative one is a negative one");
	ok(dn_ratio_of(99, 50000000, DN_PERCENT_WHOLE, 2, &v) && v == 0, "less than half is none");
	ok(dn_ratio_of(10000, 33333333, DN_PERCENT_WHOLE, 4, &v) && v == 3333, "four decimals");
	ok(dn_ratio_of(INT64_MAX, 100000000, DN_PERCENT_WHOLE, 0, &v) == false, "what does not fit is told");
	ok(dn_ratio_of(INT64_MIN, 100000000, DN_PERCENT_WHOLE, 4, &v) && v == INT64_MIN, "all of the smallest");
}

/* A fraction of an amount: as near as decimals allow, and away from zero where two are as near. */
static void
fractions(void)
{
	static const int64_t step[] = {10000, 1000, 100, 10, 1};
	DnTerms		t;
	int64_t		part[DN_PARTS_MAX];
	int			wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		int64_t		of = 2 + (int64_t) mutate_random(DN_PARTS_MAX - 1);
		int64_t		n = 1 + (int64_t) mutate_random((uint64_t) of - 1);
		int64_t		reach = i % 2 ? 100000 : INT64_C(900000000000000000);
		int64_t		amount = (int64_t) mutate_random(2 * (uint64_t) reach) - reach;
		int			decimals = (int) mutate_random(5);
		int64_t		v;
		__int128	off;

		if (!dn_ratio_of(amount, n, of, decimals, &v))
		{
			wrong++;
			continue;
		}
		/* by how much it is too far from zero, in parts of the step */
		off = 2 * ((__int128) of * v - (__int128) n * amount) * (amount < 0 ? -1 : 1);
		wrong += v % step[decimals] != 0 || off > (__int128) of * step[decimals] || off <= -(__int128) of * step[decimals];
	}
	is_int(wrong, 0, "a fraction of an amount is the nearest");
	parse("1/3 30 jours 1/3 60 jours 1/3 90 jours", &t);
	ok(dn_split(&t, INT64_C(10000000000), 2, part) && part[0] == INT64_C(3333333300) && part[1] == part[0] && part[2] == INT64_C(3333333400),
	   "thirds of 1,000,000.00");
	ok(dn_split(&t, -INT64_C(10000000000), 2, part) && part[0] == -INT64_C(3333333300) && part[2] == -INT64_C(3333333400), "thirds of a credit note");
	ok(dn_split(&t, INT64_C(30000000000), 2, part) && part[0] == INT64_C(10000000000) && part[2] == INT64_C(10000000000), "thirds of 3,000,000.00 are equal");
	ok(dn_split(&t, INT64_C(9000000000000000000), 2, part) && part[0] == INT64_C(3000000000000000000) && part[2] == INT64_C(3000000000000000000), "thirds of 900,000,000,000,000.00");
	parse("1/12 of the total net 30; balance net 60", &t);
	ok(dn_split(&t, 600, 2, part) && part[0] == 100 && part[1] == 500, "a twelfth of 0.06 is half a cent, which is rounded up");
	parse("2/3 \xC3\xA0 la commande, solde \xC3\xA0 30 jours", &t);
	ok(dn_split(&t, INT64_C(20000), 2, part) && part[0] == 13300 && part[1] == 6700, "two thirds of 2.00");
	ok(t.part[0].share == DN_SHARE_FRACTION && dn_terms_valid(&t), "two thirds are a fraction");
	for (i = 0; i < 6; i++)
	{
		static const int of[][2] = {{1, 2}, {2, 6}, {3, 3}, {0, 3}, {1, 61}, {1, 40}};

		room.part[0].value = dn_fraction(of[i][0], of[i][1]);
		ok(!dn_terms_valid(&t), "%d/%d is none", of[i][0], of[i][1]);
	}
}

static void
edges(void)
{
	DnTerms		t;
	int32_t		day;

	parse("45 days end of month", &t);
	ok(dn_due_date(&t, NULL, DN_DAY_NEVER, &day) == DN_DAY_FOUND && day == DN_DAY_NEVER, "issued never");
	ok(dn_due_date(&t, NULL, DN_DAY_LAST - 44, &day) == DN_DAY_BEYOND, "due after the calendar");
	ok(dn_due_date(&t, NULL, DN_DAY_LAST - 45, &day) == DN_DAY_FOUND && day == DN_DAY_LAST, "due on its last day");
	ok(dn_due_date(&t, NULL, DN_DAY_FIRST, &day) == DN_DAY_FOUND, "issued on its first day");
	parse("on 2026-03-31", &t);
	ok(dn_due_date(&t, NULL, DN_DAY_EVER, &day) == DN_DAY_FOUND && day == dn_civil_day(2026, 3, 31), "a fixed date from ever");
	parse("70% net 60; 30% on order", &t);
	ok(dn_due_date(&t, NULL, 0, &day) == DN_DAY_FOUND && day == 60, "the last part is the one due last");
}

static void
random_advance(DnMove *m)
{
	static const int below[] = {DN_TERM_DAYS_MAX, DN_TERM_WEEKS_MAX, DN_TERM_MONTHS_MAX, 500};

	m->kind = (uint8_t) mutate_random(4);
	m->n = 1 + (int32_t) mutate_random(mutate_random(2) ? 90 : (uint64_t) below[m->kind]);
}

/* A rule that a text can say: days from the day of issue or an event, one end of a period, days, one day of the month. */
static int
random_rule(DnMove *m)
{
	bool		event = mutate_random(5) == 0;
	int			n = 0;

	memset(m, 0, DN_MOVES_MAX * sizeof(DnMove));
	if (mutate_random(20) == 0)
	{
		m->kind = DN_MOVE_DATE;
		m->n = dn_civil_day(2026, 1, 1) + (int32_t) mutate_random(1000);
		return 1;
	}
	if (event)
	{
		m[n].kind = DN_MOVE_EVENT;
		m[n++].n = (int32_t) mutate_random(DN_EVENTS);
		/* receipt is the day of issue: days from it are days alone */
		if (m[0].n == DN_EVENT_RECEIPT || mutate_random(2))
			return n;
	}
	if (event || mutate_random(3) != 0)
		random_advance(&m[n++]);
	if (n < DN_MOVES_MAX && mutate_random(2))
	{
		m[n].kind = DN_MOVE_END;
		m[n++].n = (int32_t) mutate_random(DN_PERIODS);
		if (n < DN_MOVES_MAX && mutate_random(3) == 0)
			random_advance(&m[n++]);
	}
	if (n == 0 || (n < DN_MOVES_MAX && mutate_random(3) == 0))
	{
		m[n].kind = mutate_random(2) ? DN_MOVE_NEXT : DN_MOVE_FOLLOWING;
		m[n].n = m[n].kind == DN_MOVE_FOLLOWING ? 1 + (int32_t) mutate_random(31) :
			(int32_t) (UINT32_C(1) << mutate_random(31) | (mutate_random(2) ? UINT32_C(1) << mutate_random(29) : 0));
		/* 30/31 is no choice of two days */
		if (m[n].kind == DN_MOVE_NEXT && (m[n].n >> 29 & 3) == 3)
			m[n].n = 1 << 14;
		n++;
	}
	return n;
}

/* Terms of any rules, shares, discounts and options. */
static void
random_terms(DnTerms *t, DnTermsRoom *r)
{
	int			n = mutate_random(2) ? 1 : 2 + (int) mutate_random(4);
	int64_t		left = DN_PERCENT_WHOLE;
	int			i;

	memset(t, 0, sizeof(*t));
	memset(r, 0, sizeof(*r));
	t->part = r->part;
	t->discount = r->discount;
	t->move = r->move;
	t->shift = (DnShift) mutate_random(4);
	t->tax = (DnTax) mutate_random(3);
	for (i = 0; i < n; i++)
	{
		DnPart	   *p = &r->part[t->n_parts++];

		p->first = (uint16_t) t->n_moves;
		p->n = (uint8_t) random_rule(r->move + t->n_moves);
		t->n_moves += p->n;
		p->share = i == n - 1 ? DN_SHARE_BALANCE : (uint8_t) mutate_random(3);
		p->value = p->share == DN_SHARE_BALANCE ? 0 : p->share == DN_SHARE_AMOUNT ? 1 + (int64_t) mutate_random(10000000) :
			1 + (int64_t) mutate_random((uint64_t) left / 2);
		/* a fraction that is at most as much */
		if (p->share == DN_SHARE_PERCENT && p->value > DN_PERCENT_WHOLE / 60 && mutate_random(2))
		{
			static const int32_t of[] = {60, 33, 13, 11, 9, 7, 6, 3};
			int			k = (int) mutate_random(8);

			while (DN_PERCENT_WHOLE / of[k] > p->value)
				k--;
			p->share = DN_SHARE_FRACTION;
			p->value = dn_fraction(1, of[k]);
			left -= DN_PERCENT_WHOLE / of[k];
		}
		if (p->share == DN_SHARE_PERCENT)
			left -= p->value;
		if (p->share == DN_SHARE_AMOUNT && mutate_random(2))
			memcpy(p->currency, mutate_random(2) ? "EUR" : "JPY", 4);
	}
	/* a discount by days alone, of terms that are due later */
	if (t->move[0].kind != DN_MOVE_DAYS || t->part[0].n != 1)
		return;
	for (i = (int) mutate_random(3); i > 0; i--)
	{
		DnDiscount *d = &r->discount[t->n_discounts++];

		d->percent = 1 + (int32_t) mutate_random((uint64_t) DN_PERCENT_WHOLE - 1);
		d->has_base = mutate_random(4) == 0;
		d->base = d->has_base ? (int64_t) mutate_random(100000000) : 0;
		d->first = (uint16_t) t->n_moves;
		d->n = 1;
		r->move[t->n_moves].kind = DN_MOVE_DAYS;
		r->move[t->n_moves++].n = 1 + (int32_t) mutate_random((uint64_t) t->move[0].n);
	}
}

/* The canonical text of any value, and its text for people, read back as that value. */
static void
values(void)
{
	static DnTermsRoom made;
	const int	n = cases(2000);
	int			wrong = 0;
	int			i,
				k;

	for (i = 0; i < n; i++)
	{
		DnTerms		t,
					again;
		DnError		err = {DN_OK, 0, NULL};

		random_terms(&t, &made);
		for (k = -1; k < DN_LANGUAGES; k++)
		{
			DnDescribed d = {&t, (DnLanguage) (k < 0 ? 0 : k)};
			size_t		len;
			char	   *out = k < 0 ? printed(dn_print_terms, &t, &len) : printed(dn_describe_terms, &d, &len);

			if (!dn_parse_terms(out, len, &room, &again, &err) || !same(&t, &again))
			{
				if (wrong++ < 10)
					printf("# not read back: %.*s (%s)\n", (int) len, out, err.what != NULL ? err.what : "as something else");
			}
			free(out);
		}
	}
	is_int(wrong, 0, "%d values read back from their canonical text and from that of each language", n);
}

static void
mutations(void)
{
	static const char *const seeds[] = {
		"2.5% 10 days, 1% end of month + 5 days, 30 days end of month on the 10th; modified following business day; tax reduced never",
		"30 % \xC3\xA0 la commande, 500,00 EUR \xC3\xA0 30 jours fin de d\xC3\xA9" "cade, 50 % du solde le 10 ou le 25, solde fin du mois suivant",
		"2% of 1000.50 within 10 days, 1 % sur 20,5025 fin de mois, net 30", "2/10, 1/20 net 30 EOM", "#SKONTO#TAGE=7#PROZENT=3.00#\n#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=357.93#\nnet 30",
		"45 jours fin de mois, le 10; jour ouvr\xC3\xA9 suivant", "acompte de 30 %, solde \xC3\xA0 60 jours nets date de facture",
		"escompte de 2 % sous 8 jours, le 31/03/2026", "amount 500.00 on delivery; 20% of the remainder net 6 weeks; balance on 2026-03-31",
		"1/3 of the total on order; 2/7 of the total 30 days end of month; balance net 60", "1/3 \xC3\xA0 la commande 1/3 \xC3\xA0 30 jours 1/3 \xC3\xA0 60 jours",
		"30 (trente) jours fin de mois (art. L441-10)", "60 days end of half-month + 2 months on the next 15th", "on the last day of the month", "net 10th prox", "3 months end of quarter"
	};
	const int	n = (int) (sizeof(seeds) / sizeof(seeds[0]));
	const int	mutants = cases(20000);
	int			accepted = 0,
				wrong = 0;
	int			i,
				k;

	for (i = 0; i < n; i++)
		ok(canonical(seeds[i])[0] != '\0', "seed %d is accepted", i);
	for (i = 0; i < mutants; i++)
	{
		size_t		len,
					out_len;
		char	   *text = mutate(seeds[i % n], &len);
		DnTerms		t,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (dn_parse_terms(text, len, &room, &t, &err))
		{
			char	   *out = printed(dn_print_terms, &t, &out_len);

			accepted++;
			wrong += !dn_terms_valid(&t);
			wrong += !dn_parse_terms(out, out_len, &room2, &again, &err) || !same(&t, &again);
			free(out);

			/* what is written for people is input, too */
			for (k = 0; k < DN_LANGUAGES; k++)
			{
				DnDescribed d = {&t, (DnLanguage) k};

				out = printed(dn_describe_terms, &d, &out_len);
				if (!dn_parse_terms(out, out_len, &room2, &again, &err) || !same(&t, &again))
				{
					wrong++;
					printf("# not read back: %.*s\n", (int) out_len, out);
				}
				free(out);
			}
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > mutants / 20 && accepted < mutants - mutants / 20, "mutated terms are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

int
main(void)
{
	encodings();
	refusals();
	readings();
	days();
	parts();
	percents();
	fractions();
	edges();
	values();
	mutations();
	return done_testing();
}
