/*
 * core/terms_words.c: the words of payment terms, one table a language.
 *
 * Words that are read have no accents; those that are written are in UTF-8.
 * All languages are read at once, so that a phrase has one meaning in all of
 * them.  A language from which nothing is read has words to write only.
 */
#include "terms_internal.h"

#define PHRASES(...) ((const DnPhrase[]) {__VA_ARGS__, {NULL, 0}})

const DnWording dn_terms_canonical = {
	.language = DN_LANGUAGE_EN,
	.canonical = true,
	.unit = {{"day", "days"}, {"week", "weeks"}, {"month", "months"}},
	.net_before = "net ", .net_after = {"", ""},
	.end = {"end of week", "end of ten-day period", "end of half-month", "end of month", "end of quarter", "end of year"},
	.following_end = "end of the following month",
	.event = {"on receipt", "on order", "on delivery"},
	.on = "on the ", .on_next = "on the next ", .or_on = " or ", .of_following = " of the following month", .date = "on ",
	.of_remainder = " of the remainder", .of_base = " of ", .amount = "amount ", .balance = "balance",
	.discount_before = "", .discount_after = " discount",
	.within = "", .within_of_base = " within ", .at = "",
	.part_separator = "; ", .option_separator = "; ",
	.shift = {"following business day", "preceding business day", "modified following business day"},
	.tax = {"tax reduced always", "tax reduced never"}
};

static const DnTermsWords english = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"days", DN_MOVE_DAYS}, {"day", DN_MOVE_DAYS}, {"d", DN_MOVE_DAYS}, {"calendar days", DN_MOVE_DAYS},
			{"weeks", DN_MOVE_WEEKS}, {"week", DN_MOVE_WEEKS},
			{"months", DN_MOVE_MONTHS}, {"month", DN_MOVE_MONTHS}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"end of week", DN_PERIOD_WEEK}, {"end of the week", DN_PERIOD_WEEK},
			{"end of ten day period", DN_PERIOD_TEN_DAYS}, {"end of the ten day period", DN_PERIOD_TEN_DAYS},
			{"end of decade", DN_PERIOD_TEN_DAYS},
			{"end of half month", DN_PERIOD_HALF_MONTH}, {"end of the half month", DN_PERIOD_HALF_MONTH},
			{"end of month", DN_PERIOD_MONTH}, {"end of the month", DN_PERIOD_MONTH}, {"month end", DN_PERIOD_MONTH},
			{"the end of the month", DN_PERIOD_MONTH}, {"eom", DN_PERIOD_EOM},
			{"end of quarter", DN_PERIOD_QUARTER}, {"end of the quarter", DN_PERIOD_QUARTER},
			{"end of year", DN_PERIOD_YEAR}, {"end of the year", DN_PERIOD_YEAR}),
		[DN_WORDS_AFTER] = PHRASES({"after", 0}, {"from", 0}, {"after the", 0}, {"from the", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES(
			{"end of the following month", 0}, {"end of following month", 0}, {"end of next month", 0}, {"end of the next month", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"on receipt", DN_EVENT_RECEIPT}, {"upon receipt", DN_EVENT_RECEIPT}, {"at receipt", DN_EVENT_RECEIPT},
			{"on receipt of invoice", DN_EVENT_RECEIPT}, {"on receipt of the invoice", DN_EVENT_RECEIPT},
			{"upon receipt of invoice", DN_EVENT_RECEIPT}, {"upon receipt of the invoice", DN_EVENT_RECEIPT},
			{"cash", DN_EVENT_RECEIPT}, {"immediate", DN_EVENT_RECEIPT}, {"immediately", DN_EVENT_RECEIPT},
			{"immediate payment", DN_EVENT_RECEIPT}, {"now", DN_EVENT_RECEIPT},
			{"upfront", DN_EVENT_ORDER}, {"in advance", DN_EVENT_ORDER},
			{"on order", DN_EVENT_ORDER}, {"at order", DN_EVENT_ORDER}, {"with order", DN_EVENT_ORDER}, {"upon order", DN_EVENT_ORDER},
			{"on delivery", DN_EVENT_DELIVERY}, {"upon delivery", DN_EVENT_DELIVERY}, {"at delivery", DN_EVENT_DELIVERY},
			{"cash on delivery", DN_EVENT_DELIVERY}, {"cod", DN_EVENT_DELIVERY}),
		[DN_WORDS_LEAD] = PHRASES(
			{"net", 1}, {"nets", 1}, {"n", 1},
			{"due", 0}, {"payable", 0}, {"payables", 0}, {"payment", 0}, {"paid", 0}, {"if paid", 0}, {"for payment", 0},
			{"in", 0}, {"within", 0}, {"at", 0}, {"by", 0}),
		[DN_WORDS_NET] = PHRASES({"net", 0}, {"n", 0}),
		[DN_WORDS_TAIL] = PHRASES(
			{"net", 0}, {"nets", 0},
			{"invoice date", 0}, {"date of invoice", 0}, {"of invoice date", 0}, {"of the invoice date", 0},
			{"from invoice date", 0}, {"after invoice date", 0}, {"from the invoice date", 0}, {"after the invoice date", 0},
			{"from date of invoice", 0}, {"after date of invoice", 0},
			{"from the date of the invoice", 0}, {"after the date of the invoice", 0},
			{"after invoice", 0}, {"from invoice", 0}, {"after receipt", 0}, {"after receipt of invoice", 0},
			{"after receipt of the invoice", 0}, {"after issue", 0}, {"from issue", 0}),
		[DN_WORDS_ON] = PHRASES({"on the", 0}, {"on", 0}, {"the", 0}, {"on the next", 1}, {"the next", 1}),
		[DN_WORDS_OR] = PHRASES({"or", 0}),
		[DN_WORDS_THE] = PHRASES({"the", 0}),
		[DN_WORDS_LAST_DAY] = PHRASES(
			{"on the last day", 0}, {"on the last day of the month", 0}, {"last day of the month", 0}),
		[DN_WORDS_ORDINAL] = PHRASES({"st", 0}, {"nd", 0}, {"rd", 0}, {"th", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES(
			{"of the following month", 1}, {"of following month", 1}, {"of next month", 1}, {"of the next month", 1},
			{"of the month after", 1}, {"following month", 1}, {"next month", 1}, {"prox", 1}, {"proximo", 1},
			{"of the month", 0}, {"of each month", 0}),
		[DN_WORDS_BALANCE] = PHRASES(
			{"balance", 0}, {"the balance", 0}, {"remainder", 0}, {"the remainder", 0}, {"rest", 0}, {"the rest", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES(
			{"of the remainder", 0}, {"of remainder", 0}, {"of the balance", 0}, {"of the rest", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"of", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"discount", 0}),
		[DN_WORDS_SHARE] = PHRASES(
			{"discount", 0}, {"discount of", 0}, {"a discount of", 0}, {"cash discount", 0}, {"cash discount of", 0},
			{"deposit", 1}, {"deposit of", 1}, {"down payment", 1}, {"down payment of", 1}),
		[DN_WORDS_AMOUNT] = PHRASES({"amount", 0}),
		[DN_WORDS_PERCENT] = PHRASES({"percent", 0}, {"per cent", 0}, {"pct", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"then", 0}, {"and", 0}, {"or else", 0}, {"otherwise", 0}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"following business day", DN_SHIFT_FOLLOWING}, {"next business day", DN_SHIFT_FOLLOWING},
			{"moved to the following business day", DN_SHIFT_FOLLOWING},
			{"preceding business day", DN_SHIFT_PRECEDING}, {"previous business day", DN_SHIFT_PRECEDING},
			{"moved to the preceding business day", DN_SHIFT_PRECEDING},
			{"modified following business day", DN_SHIFT_MODIFIED},
			{"moved to the following business day of the same month", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES(
			{"tax reduced on early payment", DN_TAX_EARLY},
			{"tax reduced always", DN_TAX_ALWAYS}, {"tax always reduced", DN_TAX_ALWAYS},
			{"tax reduced never", DN_TAX_NEVER}, {"tax never reduced", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_EN,
		.unit = {{"day", "days"}, {"week", "weeks"}, {"month", "months"}},
		.net_before = "", .net_after = {" net", " net"},
		.end = {"end of the week", "end of the ten-day period", "end of the half-month", "end of the month",
		"end of the quarter", "end of the year"},
		.following_end = "end of the following month",
		.event = {"on receipt of the invoice", "on order", "on delivery"},
		.on = "on the ", .on_next = "on the next ", .or_on = " or the ", .of_following = " of the following month", .date = "on ",
		.of_remainder = " of the remainder", .of_base = " of ", .amount = "amount ", .balance = "balance",
		.discount_before = "", .discount_after = " discount",
		.within = " within ", .within_of_base = " within ", .at = " ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"moved to the following business day", "moved to the preceding business day",
		"moved to the following business day of the same month"},
		.tax = {"tax always reduced", "tax never reduced"}
	}
};

static const DnTermsWords french = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"jours", DN_MOVE_DAYS}, {"jour", DN_MOVE_DAYS}, {"j", DN_MOVE_DAYS}, {"jrs", DN_MOVE_DAYS},
			{"jours calendaires", DN_MOVE_DAYS},
			{"semaines", DN_MOVE_WEEKS}, {"semaine", DN_MOVE_WEEKS}, {"mois", DN_MOVE_MONTHS}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"fin de semaine", DN_PERIOD_WEEK}, {"fin de la semaine", DN_PERIOD_WEEK},
			{"fin de decade", DN_PERIOD_TEN_DAYS}, {"fin de la decade", DN_PERIOD_TEN_DAYS},
			{"fin de quinzaine", DN_PERIOD_HALF_MONTH}, {"fin de la quinzaine", DN_PERIOD_HALF_MONTH},
			{"fin de mois", DN_PERIOD_MONTH}, {"fin du mois", DN_PERIOD_MONTH}, {"fdm", DN_PERIOD_MONTH},
			{"la fin du mois", DN_PERIOD_MONTH}, {"la fin de mois", DN_PERIOD_MONTH},
			{"fin de trimestre", DN_PERIOD_QUARTER}, {"fin du trimestre", DN_PERIOD_QUARTER},
			{"fin d annee", DN_PERIOD_YEAR}, {"fin de l annee", DN_PERIOD_YEAR}),
		[DN_WORDS_AFTER] = PHRASES({"apres", 0}, {"apres la", 0}, {"a compter de la", 0}, {"a partir de la", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"fin du mois suivant", 0}, {"fin de mois suivant", 0}, {"fin du mois prochain", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"a reception", DN_EVENT_RECEIPT}, {"a reception de facture", DN_EVENT_RECEIPT},
			{"a reception de la facture", DN_EVENT_RECEIPT}, {"des reception", DN_EVENT_RECEIPT},
			{"des reception de la facture", DN_EVENT_RECEIPT}, {"reception de facture", DN_EVENT_RECEIPT},
			{"comptant", DN_EVENT_RECEIPT}, {"au comptant", DN_EVENT_RECEIPT},
			{"immediat", DN_EVENT_RECEIPT}, {"immediatement", DN_EVENT_RECEIPT},
			{"a la commande", DN_EVENT_ORDER}, {"a commande", DN_EVENT_ORDER},
			{"a la livraison", DN_EVENT_DELIVERY}, {"a livraison", DN_EVENT_DELIVERY}),
		[DN_WORDS_LEAD] = PHRASES(
			{"paiement", 0}, {"reglement", 0}, {"si paiement", 0}, {"pour paiement", 0}, {"si regle", 0}, {"si paye", 0},
			{"a", 0}, {"sous", 0}, {"dans", 0}, {"dans les", 0}, {"pour", 0}),
		[DN_WORDS_TAIL] = PHRASES(
			{"nettes", 0},
			{"date de facture", 0}, {"date facture", 0}, {"de date de facture", 0}, {"date de facturation", 0},
			{"date d emission", 0}, {"date d emission de la facture", 0}, {"date de la facture", 0},
			{"de la date de facture", 0}, {"apres la date de facture", 0}, {"a compter de la date de facture", 0},
			{"a compter de la date d emission", 0}, {"a compter de la date d emission de la facture", 0},
			{"apres reception", 0}, {"apres reception de facture", 0}, {"apres reception de la facture", 0},
			{"a reception de facture", 0}, {"a reception de la facture", 0}),
		[DN_WORDS_ON] = PHRASES({"le", 0}, {"les", 0}, {"au", 0}, {"le prochain", 1}, {"au prochain", 1}),
		[DN_WORDS_OR] = PHRASES({"ou", 0}),
		[DN_WORDS_THE] = PHRASES({"le", 0}),
		[DN_WORDS_LAST_DAY] = PHRASES({"le dernier jour", 0}, {"le dernier jour du mois", 0}, {"dernier jour du mois", 0}),
		[DN_WORDS_ORDINAL] = PHRASES({"er", 0}, {"e", 0}, {"eme", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES(
			{"du mois suivant", 1}, {"du mois prochain", 1}, {"du mois qui suit", 1},
			{"du mois", 0}, {"de chaque mois", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"solde", 0}, {"le solde", 0}, {"reste", 0}, {"le reste", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"du solde", 0}, {"du reste", 0}, {"du restant", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"de", 0}, {"sur", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"d escompte", 0}, {"de remise", 0}),
		[DN_WORDS_SHARE] = PHRASES(
			{"escompte", 0}, {"escompte de", 0}, {"d escompte", 0}, {"remise", 0}, {"remise de", 0}, {"de remise", 0},
			{"acompte", 1}, {"acompte de", 1}, {"d acompte", 1}),
		[DN_WORDS_AMOUNT] = PHRASES({"montant", 0}),
		[DN_WORDS_PERCENT] = PHRASES({"pour cent", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"puis", 0}, {"et", 0}, {"sinon", 0}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"jour ouvre suivant", DN_SHIFT_FOLLOWING}, {"report au jour ouvre suivant", DN_SHIFT_FOLLOWING},
			{"jour ouvre precedent", DN_SHIFT_PRECEDING}, {"report au jour ouvre precedent", DN_SHIFT_PRECEDING},
			{"jour ouvre suivant modifie", DN_SHIFT_MODIFIED}, {"report au jour ouvre suivant du meme mois", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES(
			{"taxe reduite en cas de paiement anticipe", DN_TAX_EARLY},
			{"taxe toujours reduite", DN_TAX_ALWAYS}, {"taxe jamais reduite", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_FR,
		.unit = {{"jour", "jours"}, {"semaine", "semaines"}, {"mois", "mois"}},
		.net_before = "", .net_after = {" net", " nets"},
		.end = {"fin de semaine", "fin de décade", "fin de quinzaine", "fin de mois", "fin de trimestre", "fin d'année"},
		.following_end = "fin du mois suivant",
		.event = {"à réception de la facture", "à la commande", "à la livraison"},
		.on = "le ", .on_next = "le prochain ", .or_on = " ou le ", .of_following = " du mois suivant", .date = "le ",
		.of_remainder = " du solde", .of_base = " de ", .amount = "montant ", .balance = "solde",
		.discount_before = "escompte de ", .discount_after = "",
		.within = " à ", .within_of_base = " à ", .at = " à ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"report au jour ouvré suivant", "report au jour ouvré précédent", "report au jour ouvré suivant du même mois"},
		.tax = {"taxe toujours réduite", "taxe jamais réduite"}
	}
};

static const DnTermsWords german = {
	.read = {
		[DN_WORDS_DISCOUNT] = PHRASES({"skonto", 0}),
		[DN_WORDS_SHARE] = PHRASES({"skonto", 0})
	},
	.write = {
		.language = DN_LANGUAGE_DE,
		.unit = {{"Tag", "Tage"}, {"Woche", "Wochen"}, {"Monat", "Monate"}},
		.net_before = "", .net_after = {" netto", " netto"},
		.end = {"Wochenende", "Dekadenende", "Ende der Monatshälfte", "Monatsende", "Quartalsende", "Jahresende"},
		.following_end = "Ende des Folgemonats",
		.event = {"bei Erhalt der Rechnung", "bei Bestellung", "bei Lieferung"},
		.on = "am ", .on_next = "am nächsten ", .or_on = " oder am ", .of_following = " des Folgemonats", .date = "am ",
		.of_remainder = " des Restbetrags", .of_base = " von ", .amount = "Betrag ", .balance = "Rest",
		.discount_before = "", .discount_after = " Skonto",
		.within = " ", .within_of_base = " ", .at = " ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"verschoben auf den nächsten Geschäftstag", "vorgezogen auf den vorigen Geschäftstag",
		"verschoben auf den nächsten Geschäftstag desselben Monats"},
		.tax = {"Steuer immer gemindert", "Steuer nie gemindert"}
	}
};

static const DnTermsWords dutch = {
	.write = {
		.language = DN_LANGUAGE_NL,
		.unit = {{"dag", "dagen"}, {"week", "weken"}, {"maand", "maanden"}},
		.net_before = "", .net_after = {" netto", " netto"},
		.end = {"einde week", "einde decade", "einde halve maand", "einde maand", "einde kwartaal", "einde jaar"},
		.following_end = "einde volgende maand",
		.event = {"bij ontvangst van de factuur", "bij bestelling", "bij levering"},
		.on = "op de ", .on_next = "op de eerstvolgende ", .or_on = " of de ", .of_following = " van de volgende maand", .date = "op ",
		.of_remainder = " van het restant", .of_base = " van ", .amount = "bedrag ", .balance = "saldo",
		.discount_before = "", .discount_after = " betalingskorting",
		.within = " binnen ", .within_of_base = " binnen ", .at = " ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"verschoven naar de volgende werkdag", "vervroegd naar de vorige werkdag",
		"verschoven naar de volgende werkdag van dezelfde maand"},
		.tax = {"btw altijd verlaagd", "btw nooit verlaagd"}
	}
};

const DnTermsWords *const dn_terms_words[DN_LANGUAGES] = {
	[DN_LANGUAGE_EN] = &english,
	[DN_LANGUAGE_FR] = &french,
	[DN_LANGUAGE_DE] = &german,
	[DN_LANGUAGE_NL] = &dutch
};
