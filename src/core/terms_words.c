/*
 * core/terms_words.c: the words of payment terms, one table a language.
 *
 * Words that are read have no accents; those that are written are in UTF-8.
 * All languages are read at once, so that a phrase has one meaning in all of
 * them.
 */
#include "terms_internal.h"

#define PHRASES(...) ((const DnPhrase[]) {__VA_ARGS__, {NULL, 0}})

const DnWording dn_terms_canonical = {
	.language = DN_LANGUAGE_EN,
	.canonical = true,
	.unit = {{"day", "days"}, {"week", "weeks"}, {"month", "months"}, {"business day", "business days"}},
	.then = " ",
	.net_before = "net ", .net_after = {"", ""},
	.end = {"end of week", "end of ten-day period", "end of half-month", "end of month", "end of quarter", "end of year"},
	.following_end = "end of the following month",
	.event = {"on receipt", "on order", "on delivery"},
	.on = "on the ", .on_next = "on the next ", .or_on = " or ", .of_following = " of the following month", .date = "on ",
	.of_remainder = " of the remainder", .of_total = " of the total", .of_base = " of ", .amount = "amount ", .balance = "balance",
	.discount_before = "", .discount_after = " discount",
	.within = "", .within_of_base = " within ", .at = "",
	.part_separator = "; ", .option_separator = "; ",
	.shift = {"following business day", "preceding business day", "modified following business day"},
	.tax = {"tax reduced always", "tax reduced never"}
};

static const DnTermsWords english = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"[calendar ]day[s]|d", DN_MOVE_DAYS},
			{"week[s]|wk[s]", DN_MOVE_WEEKS},
			{"month[s]", DN_MOVE_MONTHS},
			{"(business|working|bank|banking) day[s]", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"one", 1}, {"two", 2}, {"three", 3}, {"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"ten", 10},
			{"twelve", 12}, {"fourteen", 14}, {"fifteen", 15}, {"twenty", 20}, {"twenty one", 21}, {"twenty eight", 28}, {"thirty", 30},
			{"forty five", 45}, {"sixty", 60}, {"ninety", 90}, {"one hundred[ and] twenty", 120}),
		[DN_WORDS_SPAN] = PHRASES({"[a |one ]fortnight", 14}),
		[DN_WORDS_MONTH] = PHRASES({"jan[uary]", 1}, {"feb[ruary]", 2}, {"mar[ch]", 3}, {"apr[il]", 4}, {"may", 5}, {"june|jun", 6}, {"july|jul", 7}, {"aug[ust]", 8}, {"sep[t|tember]", 9}, {"oct[ober]", 10}, {"nov[ember]", 11}, {"dec[ember]", 12}),
		[DN_WORDS_EITHER_ORDER] = PHRASES(
			{"on|due|by|before|until|at|within|balance|remainder|payment|invoice|terms|payable (on|by)|paid|pay|the|order|delivery|days|discount|deposit|upfront|advance|cash", 0},
			{"net|payable", 1}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"end of[ the] week", DN_PERIOD_WEEK},
			{"end of[ the] (ten day period|decade)", DN_PERIOD_TEN_DAYS},
			{"end of[ the] half month", DN_PERIOD_HALF_MONTH},
			{"[the ]end of[ the] month|month end", DN_PERIOD_MONTH},
			{"eom", DN_PERIOD_EOM},
			{"[the ]end of[ the] (current|invoice) month", DN_PERIOD_ISSUE},
			{"end of[ the] quarter", DN_PERIOD_QUARTER},
			{"end of[ the] year", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"plus", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"[cash |payment ](before|prior[ to])[ the]", 0}),
		[DN_WORDS_AFTER] = PHRASES({"(from|of|upon)[ the]", 0}, {"(after|following)[ the]", 1}),
		[DN_WORDS_ISSUE] = PHRASES({"[the ](inv[oice][ date| receipt]|date of[ the] (invoice|issue|receipt[ of[ the| our] invoice])|billing date|receipt date|issue[ date]|receipt[ of[ the| our] invoice]|issuance)", 0}),
		[DN_WORDS_THEN] = PHRASES({"then", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[the ]end of[ the] (following|next) month|net monthly[ account]|[on ][the ]last day of[ the] (following|next) month|[on ][the ](last day of[ the] month (following|after)|end of the month following)[ the][ date of] invoice[ date]", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"(on|upon|at|after|from) receipt[ of[ the] invoice]|receipt[ of[ the] invoice]|cash|immediate[ly]|immediate payment|now", DN_EVENT_RECEIPT},
			{"upfront|up front|[in ]advance|cash (in advance|with order)|payment in advance|advance payment|cwo|cia|pia|prepa(id|yment)[ required]", DN_EVENT_ADVANCE},
			{"(on|at|with|upon) (order|signing|signature|acceptance|approval)", DN_EVENT_ORDER},
			{"cash before shipment|cod|cbs", DN_EVENT_SPOT},
			{"[cash |payment ](on|upon|at|prior to|after)[ final] (delivery|shipment|completion|installation|go live|collection|pick up)", DN_EVENT_DELIVERY},
			{"[payment ]before[ final] (delivery|shipment|completion|installation|go live|collection|pick up)|cash before (delivery|completion|installation|go live|collection|pick up)", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"[date of ](delivery|shipment|completion|installation)|[the |date of ]receipt of[ the] goods|goods receipt", DN_EVENT_DELIVERY}, {"order|signature", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES(
			{"net[s|t]|n", 1}, {"after", DN_LEAD_AFTER}, {"if[ it is] paid|for payment", DN_LEAD_IF}, {"[all ](accounts|invoices) are|[the ]invoice is", DN_LEAD_INVOICE},
			{"[the |full ]payment is|[the ]full amount[ is]|[payment ]terms[ of payment][ are]|standard|strictly|(please|kindly)[ pay| settle]|settlement|to be settled|all payments[ are]|payments are|due|payable[s]|payment|paid|to be paid|in|within|at|by|under|not later than|no later than", 0}),
		[DN_WORDS_TAIL] = PHRASES({"net[s|t]", 1}, {"(without|no) (deduction[s]|discount)|due|strictly|maximum|max|payment term[s]|thank you[ for your (business|order|trust)]|unless (otherwise (agreed|stated)|agreed otherwise|the agreement says otherwise)", 0}),
		[DN_WORDS_MEANS] = PHRASES({"[(by|via|or|or by) ](bank transfer|wire[ transfer]|cheque[s]|check[s]|direct debit|t t|tt|ach|eft|bacs|chaps|paypal|credit card|card|sepa)", 0}),
		[DN_WORDS_ON] = PHRASES({"[on ]the|on", 0}, {"[on ]the next", 1}),
		[DN_WORDS_OR] = PHRASES({"or|and", 0}),
		[DN_WORDS_THE] = PHRASES({"the", 0}),
		[DN_WORDS_LAST_DAY] = PHRASES({"on the last day[ of the month]|[the ]last day of[ the] month", 0}),
		[DN_WORDS_ORDINAL] = PHRASES({"st|nd|rd|th", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES(
			{"of[ the] (following|next) month|of[ the] month (following|after)[[ the] (invoice|billing)[ date]|[ the] date of[ the] invoice|[ the] receipt[ of[ the] invoice]|[ the] month of[ the] invoice]|(following|next) month|prox[imo]|mfi|mf", 1},
			{"[day ]of[ the| each] month", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[the ](balance|remainder|rest|remaining)[ amount][ due]", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[one ]half", 2}, {"(a|one) third", 3}, {"(a|one) quarter", 4}),
		[DN_WORDS_LESS] = PHRASES({"with[ a]|less", 0}),
		[DN_WORDS_TIMES] = PHRASES({"[equal ][monthly ](instal[l]ment[s]|payment[s]|part[s])[ (at|of|after|due|in)]", 0}, {"in thirds", 3}, {"in halves", 2}),
		[DN_WORDS_DUE] = PHRASES({"due|payable|payment|maturity", 0}),
		[DN_WORDS_LATE] = PHRASES({"late (fee|payment|charge|interest)[s]|latefee|interest (on|of|at|per|is|will|charge|rate)[s]|overdue[s]|penalty|penalties|past due|(service|finance) charge[s]", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"of[ the] (remainder|balance|rest)", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"of", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"discount", 0}),
		[DN_WORDS_SHARE] = PHRASES({"[a ][cash |early payment ]discount[ of]", 0}, {"[a ](deposit|down payment)[ of][ is][ required]|down", 1}, {"of[ the] (total|contract|order)[ (amount|price|value)]|of[ the] (invoice|purchase) (amount|price|value)", 2}),
		[DN_WORDS_AMOUNT] = PHRASES({"amount", 0}),
		[DN_WORDS_PERCENT] = PHRASES({"percent|per cent|pct", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"then|and", 0}, {"or", 1}, {"or else|else|otherwise", 2}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"(following|next) business day|moved to the following business day", DN_SHIFT_FOLLOWING},
			{"(preceding|previous) business day|moved to the preceding business day", DN_SHIFT_PRECEDING},
			{"modified following business day|moved to the following business day of the same month", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES(
			{"tax reduced on early payment", DN_TAX_EARLY},
			{"tax (reduced always|always reduced)", DN_TAX_ALWAYS},
			{"tax (reduced never|never reduced)", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_EN,
		.unit = {{"day", "days"}, {"week", "weeks"}, {"month", "months"}, {"business day", "business days"}},
		.then = ", then ",
		.net_before = "", .net_after = {" net", " net"},
		.end = {"end of the week", "end of the ten-day period", "end of the half-month", "end of the month",
		"end of the quarter", "end of the year"},
		.following_end = "end of the following month",
		.event = {"on receipt of the invoice", "on order", "on delivery"},
		.on = "on the ", .on_next = "on the next ", .or_on = " or the ", .of_following = " of the following month", .date = "on ",
		.of_remainder = " of the remainder", .of_total = " of the total", .of_base = " of ", .amount = "amount ", .balance = "balance",
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
			{"jour[s][ calendaire[s]]|j|jr[s]", DN_MOVE_DAYS},
			{"semaine[s]|sem", DN_MOVE_WEEKS},
			{"mois", DN_MOVE_MONTHS},
			{"jour[s] ouvre[s]", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"un[e]", 1}, {"deux", 2}, {"trois", 3}, {"quatre", 4}, {"cinq", 5}, {"sept", 7}, {"huit", 8}, {"dix", 10}, {"douze", 12},
			{"quatorze", 14}, {"quinze", 15}, {"vingt", 20}, {"vingt et un", 21}, {"trente", 30}, {"quarante cinq", 45}, {"soixante", 60},
			{"soixante quinze", 75}, {"quatre vingt dix", 90}, {"cent vingt", 120}),
		[DN_WORDS_SPAN] = PHRASES({"[une ]huitaine", 8}, {"[une ]quinzaine", 15}),
		[DN_WORDS_MONTH] = PHRASES({"janvier|janv", 1}, {"fevrier|fev[r]", 2}, {"mars", 3}, {"avril|avr", 4}, {"mai", 5}, {"juin", 6}, {"juillet|juil", 7}, {"aout", 8}, {"septembre|sept", 9}, {"octobre|oct", 10}, {"novembre|nov", 11}, {"decembre|dec", 12}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"fin de[ la] semaine", DN_PERIOD_WEEK},
			{"fin de[ la] decade", DN_PERIOD_TEN_DAYS},
			{"fin de[ la] quinzaine", DN_PERIOD_HALF_MONTH},
			{"[a ][la ]fin d(e|u) mois[ civil]|fdm|f d m|fm|jfm|jfdm|dfm", DN_PERIOD_MONTH},
			{"[a ][la ]fin d(e|u) mois (en cours|courant|d emission[ de[ la] facture]|de[ la] (facture|facturation))|[le ]dernier jour du mois (en cours|d emission[ de[ la] facture]|de[ la] (facture|facturation))", DN_PERIOD_ISSUE},
			{"fin[ d(e|u) mois][ de] m", DN_PERIOD_M},
			{"fin d(e|u) trimestre[ civil]", DN_PERIOD_QUARTER},
			{"fin d[e l] annee", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"plus", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"[[au ]comptant ]avant", 0}),
		[DN_WORDS_AFTER] = PHRASES({"(a compter de|a dater de|a partir de|sur|de|a|des)[ la]", 0}, {"(apres|suivant)[ la]", 1}),
		[DN_WORDS_ISSUE] = PHRASES(
			{"[la ]date[ de[ la]] (fact[ure]|facturation)|[la ]date de reception|facturation|d emission[ de[ la]] facture|[l ]emission[ de[ la] facture]|[la ]date d emission[ de la facture| de facture]|[la ][date de ]reception[ de[ la]] facture|facture", 0}),
		[DN_WORDS_THEN] = PHRASES({"puis", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[a ][la ]fin de mois suivant[ la]", 1}, {"[a ][la ]fin (de mois (prochain|qui suit|suivant celui de[ la] (facture|facturation))|du mois (suivant|prochain|qui suit)[[ celui de| la date de][ la] (facture|facturation)])|[le ]dernier jour du mois (suivant|prochain|qui suit)[[ celui de| la date de][ la] (facture|facturation)]", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"[a |des |sur |des la |a la |a sa ]reception[ de[ la| cette]] facture|[a |des |sur |apres ]reception|[au ]comptant|a vue|sans delai|immediat|immediate|immediatement|maintenant", DN_EVENT_RECEIPT},
			{"[a la |a |des la ](commande|signature)[ du (devis|contrat|bon de commande)]|a l acceptation[ du devis]|a l inscription", DN_EVENT_ORDER},
			{"[d |a l ]avance|anticipe", DN_EVENT_ADVANCE}, {"(contre|c) remboursement", DN_EVENT_SPOT},
			{"livraison|date d expedition|[[au ]comptant ](a|a la|apres|apres la|des|avant|date de) livraison[ finale| du projet]|[avant la |a la |avant |a ](fin|reception) d(es|e|u) (travaux|chantier)|[avant la |avant |a la |a ]mise en ligne|avant la reception|a la reception|a l (expedition|enlevement)|au retrait|avant (expedition|enlevement)|[a |apres ]reception[ de[ la]| des] marchandise[s]", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"livraison|[l ]expedition|[la ]reception (de[ la]|des) (marchandise|travaux|commande)[s]|fin d(es|e|u) (travaux|chantier)", DN_EVENT_DELIVERY}, {"commande|signature[ du (devis|contrat)]", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES(
			{"j", DN_LEAD_PLUS}, {"si (paiement|reglement)|pour paiement|(si|pour) (regle|paye)", DN_LEAD_IF}, {"[cette |la |les ]facture[s][ est| sont]", DN_LEAD_INVOICE}, {"[la ]totalite|[le |les ](paiement|reglement)[s][ differe| sera effectue| doit s effectuer| a effectuer| est (du|exigible)]|cond[ition[s]][[ de] (paiement|reglement)]|modalite[s] de (paiement|reglement)|mode de (paiement|reglement)|delai[[ de] (paiement|reglement)]|[date d ]echeance|ech|en une fois|en|merci de[ bien vouloir] (regler|payer)|a (regler|payer)|payable[s]|veuillez effectuer le paiement|dans un delai de|au plus tard|endeans[ les]|a|sous|dans[ les]|pour", 0}),
		[DN_WORDS_TAIL] = PHRASES({"nettes|net[s]", 1}, {"maximum|max|au plus|escompte neant|(sans|aucun|pas d) escompte[[ pour| en cas de] (paiement|reglement) (anticipe|comptant)]|sur facture[ definitive]|merci (pour|de) votre confiance|[du ]code de commerce|[[(selon|conformement a) ]la ]loi lme|lme|sauf (accord|mention|stipulation)[s] contraire[s]", 0}),
		[DN_WORDS_ARTICLE] = PHRASES({"[(cf|selon|conformement a) ][l ]art[icle][ (l|r|d)]", 0}),
		[DN_WORDS_MEANS] = PHRASES(
			{"[(par|ou|ou par|en) ](virement[s][ bancaire| sepa| international]|vir|vrt|cheque[s]|chq|lcr[ directe]|l c r|traite[s][ acceptee| accepte| bancaire]|effet[s][ de commerce]|lettre de change[ relevee]|prelevement[s][ automatique[s]][ sepa]|prlv|prel|carte[ bancaire]|cb|especes|mandat administratif|billet a ordre[ releve]|bor|b o r)[ sur facture]", 0}),
		[DN_WORDS_ON] = PHRASES({"le|[tous ]les|au", 0}, {"(le|au) prochain", 1}),
		[DN_WORDS_OR] = PHRASES({"ou|et", 0}),
		[DN_WORDS_THE] = PHRASES({"le", 0}),
		[DN_WORDS_LAST_DAY] = PHRASES({"[le ]dernier jour du mois|le dernier jour", 0}),
		[DN_WORDS_ORDINAL] = PHRASES({"er|e|eme", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES({"du mois (suivant|prochain|qui suit|apres)[[ celui de| la date de][ la] (facture|facturation)]", 1}, {"[du ][mois ][de ]m", DN_MONTH_PLUS}, {"(du|de chaque) mois", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[le ](solde|reste[ du solde])[ (est regle|du)]", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[la ]moitie", 2}, {"[un |le ]tiers", 3}, {"[un |le ]quart", 4}),
		[DN_WORDS_LESS] = PHRASES({"avec", 0}),
		[DN_WORDS_TIMES] = PHRASES({"fois|(mensualite|echeance|versement|paiement|traite|cheque)[s][ egale[s]| egaux][ (a|de)]", 0}, {"(par|en) tiers", 3}, {"par moitie", 2}),
		[DN_WORDS_DUE] = PHRASES({"payable|a payer|paiement|reglement|echeance", 0}),
		[DN_WORDS_LATE] = PHRASES({"penalite[s]|interet[s] (de retard|moratoire[s])|indemnite[s]|frais de recouvrement|retard[s]|taux d interet[s]", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"du (solde|reste|restant)", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"de|sur", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"d escompte|de remise", 0}),
		[DN_WORDS_SHARE] = PHRASES({"[d |un ](escompte|esc)[ de| pour paiement anticipe| pour paiement comptant]|[de |une ]remise[ de]", 0}, {"[d |un ]acompte[ de]", 1}, {"restant[s]|d(u|e l) (montant|prix|total)[ total][ ttc| ht]|est demande", 2}),
		[DN_WORDS_AMOUNT] = PHRASES({"montant", 0}),
		[DN_WORDS_PERCENT] = PHRASES({"pour cent", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"puis|et", 0}, {"ou", 1}, {"sinon", 2}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"[report au ]jour ouvre suivant", DN_SHIFT_FOLLOWING},
			{"[report au ]jour ouvre precedent", DN_SHIFT_PRECEDING},
			{"jour ouvre suivant modifie|report au jour ouvre suivant du meme mois", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES({"taxe reduite en cas de paiement anticipe", DN_TAX_EARLY}, {"taxe toujours reduite", DN_TAX_ALWAYS}, {"taxe jamais reduite", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_FR,
		.unit = {{"jour", "jours"}, {"semaine", "semaines"}, {"mois", "mois"}, {"jour ouvré", "jours ouvrés"}},
		.then = " puis ",
		.net_before = "", .net_after = {" net", " nets"},
		.end = {"fin de semaine", "fin de décade", "fin de quinzaine", "fin de mois", "fin de trimestre", "fin d'année"},
		.following_end = "fin du mois suivant",
		.event = {"à réception de la facture", "à la commande", "à la livraison"},
		.on = "le ", .on_next = "le prochain ", .or_on = " ou le ", .of_following = " du mois suivant", .date = "le ",
		.of_remainder = " du solde", .of_total = " du total", .of_base = " de ", .amount = "montant ", .balance = "solde",
		.discount_before = "escompte de ", .discount_after = "",
		.within = " à ", .within_of_base = " à ", .at = " à ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"report au jour ouvré suivant", "report au jour ouvré précédent", "report au jour ouvré suivant du même mois"},
		.tax = {"taxe toujours réduite", "taxe jamais réduite"}
	}
};

static const DnTermsWords german = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"[kalender]tag[e|en]|tg[e]", DN_MOVE_DAYS},
			{"woche[n]", DN_MOVE_WEEKS},
			{"monat[s|e|en]", DN_MOVE_MONTHS},
			{"(arbeits|geschafts|geschaefts|bank|bankarbeits)tag[e|en]", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"ein[e|en|em|es|er]", 1}, {"zwei", 2}, {"drei", 3}, {"vier", 4}, {"f(u|ue)nf", 5}, {"sechs", 6}, {"sieben", 7}, {"acht", 8},
			{"zehn", 10}, {"zw(o|oe)lf", 12}, {"vierzehn", 14}, {"zwanzig", 20}, {"einundzwanzig", 21}, {"dreis[s]ig", 30},
			{"f(u|ue)nfundvierzig", 45}, {"sechzig", 60}, {"neunzig", 90}, {"[ein]hundertzwanzig", 120}),
		[DN_WORDS_MONTH] = PHRASES({"j(a|ae)n[uar|ner]", 1}, {"feb[ruar]", 2}, {"m(a|ae)rz", 3}, {"apr[il]", 4}, {"mai", 5}, {"juni|jun", 6}, {"juli|jul", 7}, {"aug[ust]", 8}, {"sep[t|tember]", 9}, {"okt[ober]", 10}, {"nov[ember]", 11}, {"dez[ember]", 12}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"wochenende|ende der woche", DN_PERIOD_WEEK},
			{"dekadenende|ende der dekade", DN_PERIOD_TEN_DAYS},
			{"ende der monatshalfte", DN_PERIOD_HALF_MONTH},
			{"[zum |am ](monatsende|ende de(s|r) monats|[monats]ultimo)|monatsletzte[n|r]", DN_PERIOD_MONTH},
			{"[zum |am ]ende de(s|r) (rechnungsmonats|laufenden monats)", DN_PERIOD_ISSUE},
			{"[zum ](quartalsende|ende des quartals)", DN_PERIOD_QUARTER},
			{"[zum ](jahresende|ende des jahres)", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"plus", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"[bar ]vor[ dem| der]", 0}),
		[DN_WORDS_AFTER] = PHRASES({"(ab|seit)[ dem| der]", 0}, {"nach[ dem| der]", 1}),
		[DN_WORDS_ISSUE] = PHRASES({"rechnung[s(datum|stellung|eingang|erhalt|legung|ausgang|zugang)]|dato[ faktura]|faktura[datum]|(re|rg) datum|(zugang|eingang) der rechnung|erhalt[ der rechnung]|datum der rechnung|rechnungsdatum", 0}),
		[DN_WORDS_THEN] = PHRASES({"dann", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[am |zum |per ](ende|ultimo) des [auf (die rechnung|das rechnungsdatum) ](folgemonats|nachsten monats|folgenden monats)", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"[rein ]netto kasse|nettokasse|sofort|(bei|nach|sofort nach) erhalt[ der rechnung]|sofort nach rechnungserhalt|umgehend|sofortzahlung|sofortige zahlung|bar[zahlung]", DN_EVENT_RECEIPT},
			{"vor(kasse|auskasse|auszahlung)|im voraus", DN_EVENT_ADVANCE}, {"[per ]nachnahme", DN_EVENT_SPOT},
			{"bei (bestellung|auftragserteilung|auftragsbestatigung|zuschlag|auftrag|vertragsabschluss)", DN_EVENT_ORDER},
			{"[bar ](bei|nach|vor|ab) (abholung|lieferung|fertigstellung|abschluss|abnahme|inbetriebnahme|launch|versand)", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"lieferung|wareneingang|warenerhalt|erhalt der ware[n]|abnahme|fertigstellung", DN_EVENT_DELIVERY}, {"bestellung|auftragserteilung|vertragsabschluss", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES(
			{"[rein ]netto[ zahlung]", 1}, {"bei", DN_LEAD_NUMBER}, {"nach", DN_LEAD_AFTER}, {"[alle |die ]rechnung[en][ sind| ist]", DN_LEAD_INVOICE},
			{"zahlungs(bedingung|bedingungen|ziel|frist|konditionen|art)|[be]zahlbar|zahlung[en]|fallig|faellig|der betrag ist|innerhalb[ von]|innert|binnen|in|bis[ spatestens][ zum]|spatestens[ am| zum]|zum|per|zu zahlen|ohne abzug", 0}, {"bei zahlung[ bis| in| innerhalb[ von]| binnen]", DN_LEAD_IF}),
		[DN_WORDS_TAIL] = PHRASES({"[rein ]netto[ kasse]", 1}, {"(ohne|kein)[ jeden] (abzug|skonto)|fallig|faellig|zahlbar|zahlungsziel|zu (begleichen|zahlen)|vielen dank[ fur ihren auftrag]|sofern nicht[s] (anders|anderes|anderweitig) vereinbart", 0}),
		[DN_WORDS_MEANS] = PHRASES({"[(per|durch|oder) ](bankuberweisung|uberweisung|ueberweisung|lastschrift|bankeinzug|einzug|kreditkarte|scheck|sepa lastschrift|wechsel)", 0}),
		[DN_WORDS_ON] = PHRASES({"am|zum|den", 0}, {"am nachsten", 1}),
		[DN_WORDS_OR] = PHRASES({"oder|und", 0}),
		[DN_WORDS_THE] = PHRASES({"am|der", 0}),
		[DN_WORDS_LAST_DAY] = PHRASES({"am letzten tag des monats", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES({"des (folgemonats|folgenden monats|nachsten monats)|des monats nach[ der] (rechnungs(datum|stellung|erhalt|eingang)|rechnung)", 1}, {"des monats|(eines|jedes|jeden|eines jeden) monats", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[der ]rest[betrag|zahlung]", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[die ]halfte|halb", 2}, {"[ein ]drittel", 3}, {"[ein ]viertel", 4}),
		[DN_WORDS_LESS] = PHRASES({"mit|abz(u|ue)glich|abzgl", 0}),
		[DN_WORDS_TIMES] = PHRASES({"[gleichen |monatlichen ](rate|teilzahlung)[n|en][ (zu|nach|von)]", 0}),
		[DN_WORDS_DUE] = PHRASES({"zahlbar|fallig|faellig|falligkeit", 0}, {"zahlungsziel|netto|ultimo|raten", 1}),
		[DN_WORDS_LATE] = PHRASES({"[zahlungs]verzug[s]|verzugszins[en]|mahngeb(u|ue)hr[en]|mahnkosten|zinsen (in|von|ab|bei|p a)", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"des rest(es|betrags)", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"von", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"skonto", 0}),
		[DN_WORDS_SHARE] = PHRASES({"skonto", 0}, {"anzahlung[ von]", 1}, {"d(es|er) (auftrags|gesamt|rechnungs)(betrag[e]s|werts|wertes|summe)|vom (auftrags|gesamt|rechnungs)betrag", 2}),
		[DN_WORDS_AMOUNT] = PHRASES({"betrag", 0}),
		[DN_WORDS_PERCENT] = PHRASES({"prozent", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"dann|und", 0}, {"oder", 1}, {"sonst|ansonsten", 2}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"[verschoben auf den ]nachsten geschaftstag", DN_SHIFT_FOLLOWING},
			{"[vorgezogen auf den ]vorigen geschaftstag", DN_SHIFT_PRECEDING},
			{"[verschoben auf den ]nachsten geschaftstag desselben monats", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES({"steuer bei vorzeitiger zahlung gemindert", DN_TAX_EARLY}, {"steuer immer gemindert", DN_TAX_ALWAYS}, {"steuer nie gemindert", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_DE,
		.unit = {{"Tag", "Tage"}, {"Woche", "Wochen"}, {"Monat", "Monate"}, {"Arbeitstag", "Arbeitstage"}},
		.then = ", dann ",
		.net_before = "", .net_after = {" netto", " netto"},
		.end = {"Wochenende", "Dekadenende", "Ende der Monatshälfte", "Monatsende", "Quartalsende", "Jahresende"},
		.following_end = "Ende des Folgemonats",
		.event = {"bei Erhalt der Rechnung", "bei Bestellung", "bei Lieferung"},
		.on = "am ", .on_next = "am nächsten ", .or_on = " oder am ", .of_following = " des Folgemonats", .date = "am ",
		.of_remainder = " des Restbetrags", .of_total = " des Gesamtbetrags", .of_base = " von ", .amount = "Betrag ", .balance = "Rest",
		.discount_before = "", .discount_after = " Skonto",
		.within = " ", .within_of_base = " ", .at = " ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"verschoben auf den nächsten Geschäftstag", "vorgezogen auf den vorigen Geschäftstag",
		"verschoben auf den nächsten Geschäftstag desselben Monats"},
		.tax = {"Steuer immer gemindert", "Steuer nie gemindert"}
	}
};

static const DnTermsWords dutch = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES({"[kalender]dag[en]|dgn", DN_MOVE_DAYS}, {"week|weken", DN_MOVE_WEEKS}, {"maand[en]", DN_MOVE_MONTHS}, {"werkdag[en]", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"een", 1}, {"twee", 2}, {"drie", 3}, {"vier", 4}, {"vijf", 5}, {"zes", 6}, {"zeven", 7}, {"acht", 8}, {"tien", 10},
			{"veertien", 14}, {"twintig", 20}, {"eenentwintig", 21}, {"dertig", 30}, {"vijfenveertig", 45}, {"zestig", 60},
			{"negentig", 90}, {"honderdtwintig", 120}),
		[DN_WORDS_MONTH] = PHRASES({"jan[uari]", 1}, {"feb[ruari]", 2}, {"maart|mrt", 3}, {"apr[il]", 4}, {"mei", 5}, {"juni|jun", 6}, {"juli|jul", 7}, {"aug[ustus]", 8}, {"sep[t|tember]", 9}, {"okt[ober]", 10}, {"nov[ember]", 11}, {"dec[ember]", 12}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"eind[e][ van de] week", DN_PERIOD_WEEK},
			{"eind[e][ van de] decade", DN_PERIOD_TEN_DAYS},
			{"eind[e][ van de] halve maand", DN_PERIOD_HALF_MONTH},
			{"[het ]eind[e][ van][ de| deze] maand", DN_PERIOD_MONTH},
			{"[het ]eind[e][ van][ de] (factuurmaand|lopende maand)", DN_PERIOD_ISSUE},
			{"eind[e][ van het] kwartaal", DN_PERIOD_QUARTER},
			{"eind[e][ van het] jaar", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"plus", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"[contant ]voor[ de]", 0}),
		[DN_WORDS_AFTER] = PHRASES({"vanaf[ de]", 0}, {"na[ de]", 1}),
		[DN_WORDS_ISSUE] = PHRASES({"factuurdatum|fact datum|ontvangstdatum|[de ]dagtekening[[ van][ de] factuur]|factuur|datum[ van de] factuur|[de ]ontvangst[ van][ de] factuur|ontvangst", 0}),
		[DN_WORDS_THEN] = PHRASES({"dan", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[het ]eind[e][ van][ de] (volgende|komende|daaropvolgende) maand", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"bij ontvangst[ van de factuur]|contant|[per ]direct|per omgaande|onmiddellijk|meteen", DN_EVENT_RECEIPT},
			{"vooruit[betaling]|vooraf[ te voldoen]", DN_EVENT_ADVANCE}, {"[onder ]rembours", DN_EVENT_SPOT},
			{"(bij (opdracht|bestelling|aanvang)|voor aanvang)", DN_EVENT_ORDER},
			{"[contant ](bij|voor|na) (levering|oplevering|installatie|afhaling|afhalen)", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"levering|oplevering|ontvangst van de goederen", DN_EVENT_DELIVERY}, {"opdracht|bestelling", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES(
			{"netto", 1}, {"na", DN_LEAD_AFTER}, {"bij betaling", DN_LEAD_IF}, {"[de ]factu(ur|ren)[ is| te betalen| dienen]", DN_LEAD_INVOICE},
			{"[de |te ]betal(en|ing|ingen)[ dient| geschiedt| dient te geschieden]|betaalbaar|[facturen hebben ][een ]betalingstermijn[ van]|betalings(conditie|voorwaarden)|betaaltermijn|binnen[ de]|uiterlijk[ op| binnen]|gelieve te betalen|te voldoen[ binnen]|wij verzoeken u[ vriendelijk][ om] (het|de) (bovenstaande bedrag|factuurbedrag|factuur)", 0}),
		[DN_WORDS_TAIL] = PHRASES({"netto", 1}, {"((betaald|voldaan) te worden|te worden (voldaan|betaald)|te geschieden|te voldoen|over te maken)[ onder vermelding van het factuurnummer]|bedankt voor uw (opdracht|bestelling)|tenzij anders (overeengekomen|vermeld|afgesproken)", 0}),
		[DN_WORDS_MEANS] = PHRASES({"[(per|via|of) ](bank[ giro]|giro|overschrijving|bankoverschrijving|domiciliering|ideal)|[per ]autom[atische] incasso", 0}),
		[DN_WORDS_ON] = PHRASES({"op de|op", 0}, {"op de eerstvolgende", 1}),
		[DN_WORDS_OR] = PHRASES({"of|en", 0}),
		[DN_WORDS_THE] = PHRASES({"de", 0}),
		[DN_WORDS_ORDINAL] = PHRASES({"ste|de", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES({"van de (volgende|komende) maand|van de maand na[ de] (factuur[datum]|ontvangst[ van de factuur])", 1}, {"van (de|elke|iedere) maand", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[het |de ](saldo|restant|restbedrag|rest)", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[de ]helft", 2}, {"een derde", 3}),
		[DN_WORDS_LESS] = PHRASES({"met", 0}),
		[DN_WORDS_TIMES] = PHRASES({"[gelijke ](termijn[en]|delen|betalingen)[ (van|na|op)]", 0}),
		[DN_WORDS_DUE] = PHRASES({"betaalbaar|vervaldatum|betaling", 0}),
		[DN_WORDS_LATE] = PHRASES({"[vertragings|verzuim]rente|boete|incassokosten|te late betaling|nalatigheidsinteresten", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"van het (restant|saldo)", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"van", 0}),
		[DN_WORDS_DISCOUNT] = PHRASES({"[betalings]korting", 0}),
		[DN_WORDS_SHARE] = PHRASES({"[betalings]korting", 0}, {"aanbetaling[ van]|voorschot", 1}, {"van het (totaal|factuur|order)[bedrag]", 2}),
		[DN_WORDS_PERCENT] = PHRASES({"procent", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"dan|en", 0}, {"of", 1}, {"anders", 2}),
		[DN_WORDS_AMOUNT] = PHRASES({"bedrag", 0}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"[verschoven naar de ]volgende werkdag", DN_SHIFT_FOLLOWING},
			{"[vervroegd naar de ]vorige werkdag", DN_SHIFT_PRECEDING},
			{"[verschoven naar de ]volgende werkdag van dezelfde maand", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES({"btw verlaagd bij vroege betaling", DN_TAX_EARLY}, {"btw altijd verlaagd", DN_TAX_ALWAYS}, {"btw nooit verlaagd", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_NL,
		.unit = {{"dag", "dagen"}, {"week", "weken"}, {"maand", "maanden"}, {"werkdag", "werkdagen"}},
		.then = ", dan ",
		.net_before = "", .net_after = {" netto", " netto"},
		.end = {"einde week", "einde decade", "einde halve maand", "einde maand", "einde kwartaal", "einde jaar"},
		.following_end = "einde volgende maand",
		.event = {"bij ontvangst van de factuur", "bij bestelling", "bij levering"},
		.on = "op de ", .on_next = "op de eerstvolgende ", .or_on = " of de ", .of_following = " van de volgende maand", .date = "op ",
		.of_remainder = " van het restant", .of_total = " van het totaal", .of_base = " van ", .amount = "bedrag ", .balance = "saldo",
		.discount_before = "", .discount_after = " betalingskorting",
		.within = " binnen ", .within_of_base = " binnen ", .at = " ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"verschoven naar de volgende werkdag", "vervroegd naar de vorige werkdag",
		"verschoven naar de volgende werkdag van dezelfde maand"},
		.tax = {"btw altijd verlaagd", "btw nooit verlaagd"}
	}
};

static const DnTermsWords italian = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"giorn(o|i)[ aggiuntivi| solari]|gg", DN_MOVE_DAYS},
			{"settiman(a|e)", DN_MOVE_WEEKS},
			{"mes(e|i)", DN_MOVE_MONTHS},
			{"giorn(o|i) lavorativ(o|i)", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"un[o|a]", 1}, {"tre", 3}, {"quattro", 4}, {"cinque", 5}, {"sei", 6}, {"sette", 7}, {"otto", 8}, {"dieci", 10},
			{"quindici", 15}, {"venti", 20}, {"trenta", 30}, {"quarantacinque", 45}, {"sessanta", 60}, {"novanta", 90},
			{"centoventi", 120}),
		[DN_WORDS_MONTH] = PHRASES({"gen[naio]", 1}, {"feb[braio]", 2}, {"mar[zo]", 3}, {"apr[ile]", 4}, {"mag[gio]", 5}, {"giu[gno]", 6}, {"lug[lio]", 7}, {"ago[sto]", 8}, {"set[t|tembre]", 9}, {"ott[obre]", 10}, {"nov[embre]", 11}, {"dic[embre]", 12}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"fine settimana", DN_PERIOD_WEEK},
			{"fine decade", DN_PERIOD_TEN_DAYS},
			{"fine quindicina", DN_PERIOD_HALF_MONTH},
			{"[a |alla ]fine[ del] mese|f m|dffm|df fm", DN_PERIOD_MONTH},
			{"[a |alla ]fine[ del] mese (corrente|in corso)", DN_PERIOD_ISSUE},
			{"fine trimestre", DN_PERIOD_QUARTER},
			{"fine anno", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"piu", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"[contanti ]prima del[la]", 0}),
		[DN_WORDS_AFTER] = PHRASES({"dalla|dal|da", 0}, {"dopo[ la| il]", 1}),
		[DN_WORDS_ISSUE] = PHRASES({"[data ][emissione |ricevimento ]fattura|data[ della| di] fatt[ura]|data ricevimento|ricevimento[ della] fattura|d f|df", 0}),
		[DN_WORDS_THEN] = PHRASES({"poi", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[a |alla ]fine[ del] mese (successivo|seguente|prossimo)[ alla (fattura|data[ della| di] fattura)]", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"[a ]vista[ fattura]|immediato|subito|alla ricezione[ della] fattura|[in ]contanti", DN_EVENT_RECEIPT},
			{"all ordine|alla conferma[ d ordine]", DN_EVENT_ORDER},
			{"[pagamento ]anticipato", DN_EVENT_ADVANCE}, {"[in ]contrassegno", DN_EVENT_SPOT},
			{"[contanti ](alla|a|prima della) consegna|al ritiro|a fine lavori", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"consegna|ricevimento (merce|della merce)", DN_EVENT_DELIVERY}, {"ordine", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES({"netto", 1}, {"(termini|condizioni|modalita) di pagamento|pagament(o|i)[ completo]|pagato|scadenza[ unica]|rata unica|da pagare|pagabile|a|entro[ e non oltre]", 0}),
		[DN_WORDS_TAIL] = PHRASES({"nett(o|i)", 1}, {"grazie|salvo diver(so accordo|si accordi)", 0}),
		[DN_WORDS_MEANS] = PHRASES({"[(con|tramite) ](bonifico[ bancario]|bancario|ri ba|riba|r b|ricevuta bancaria|rimessa diretta|assegno|rid|sdd)", 0}),
		[DN_WORDS_ON] = PHRASES({"il|al", 0}, {"il prossimo", 1}),
		[DN_WORDS_OR] = PHRASES({"o|e", 0}),
		[DN_WORDS_THE] = PHRASES({"il|al", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES({"ms|[del ]mese (successivo|seguente)|del mese dopo[ la] (fattura|data[ della] fattura)", 1}, {"(del|di ogni) mese", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[il ](saldo)|rimanenza", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[la ]meta", 2}, {"un terzo", 3}),
		[DN_WORDS_LESS] = PHRASES({"con", 0}),
		[DN_WORDS_TIMES] = PHRASES({"(rate|pagamenti|tranche)[ uguali| mensili][ a]", 0}),
		[DN_WORDS_DUE] = PHRASES({"pagabile|pagamento|scadenza", 0}),
		[DN_WORDS_LATE] = PHRASES({"interessi (di mora|moratori)|mora|ritardo", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"del saldo", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"di", 0}),
		[DN_WORDS_SHARE] = PHRASES({"[con ][uno ]sconto[ del]", 0}, {"[di |in |un ]acconto[ del]", 1}, {"del(l importo| totale)[ totale]", 2}),
		[DN_WORDS_PERCENT] = PHRASES({"per cento", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"e|poi", 0}, {"o|oppure", 1}, {"altrimenti", 2}),
		[DN_WORDS_AMOUNT] = PHRASES({"importo", 0}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"[spostato al ]giorno lavorativo successivo", DN_SHIFT_FOLLOWING},
			{"[anticipato al ]giorno lavorativo precedente", DN_SHIFT_PRECEDING},
			{"[spostato al ]giorno lavorativo successivo dello stesso mese", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES({"imposta ridotta in caso di pagamento anticipato", DN_TAX_EARLY}, {"imposta sempre ridotta", DN_TAX_ALWAYS}, {"imposta mai ridotta", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_IT,
		.unit = {{"giorno", "giorni"}, {"settimana", "settimane"}, {"mese", "mesi"}, {"giorno lavorativo", "giorni lavorativi"}},
		.then = " poi ",
		.net_before = "", .net_after = {" netto", " netti"},
		.end = {"fine settimana", "fine decade", "fine quindicina", "fine mese", "fine trimestre", "fine anno"},
		.following_end = "fine mese successivo",
		.event = {"a vista fattura", "all'ordine", "alla consegna"},
		.on = "il ", .on_next = "il prossimo ", .or_on = " o il ", .of_following = " del mese successivo", .date = "il ",
		.of_remainder = " del saldo", .of_total = " del totale", .of_base = " di ", .amount = "importo ", .balance = "saldo",
		.discount_before = "sconto del ", .discount_after = "",
		.within = " entro ", .within_of_base = " entro ", .at = " a ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"spostato al giorno lavorativo successivo", "anticipato al giorno lavorativo precedente",
		"spostato al giorno lavorativo successivo dello stesso mese"},
		.tax = {"imposta sempre ridotta", "imposta mai ridotta"}
	}
};

static const DnTermsWords spanish = {
	.read = {
		[DN_WORDS_UNIT] = PHRASES(
			{"dia[s][ naturales]", DN_MOVE_DAYS},
			{"semana[s]", DN_MOVE_WEEKS},
			{"mes[es]", DN_MOVE_MONTHS},
			{"dia[s] (habil|habiles|laborable|laborables)", DN_MOVE_BUSINESS}),
		[DN_WORDS_NUMBER] = PHRASES(
			{"un[o|a]", 1}, {"dos", 2}, {"tres", 3}, {"cuatro", 4}, {"cinco", 5}, {"seis", 6}, {"siete", 7}, {"ocho", 8}, {"diez", 10},
			{"quince", 15}, {"veinte", 20}, {"treinta", 30}, {"cuarenta y cinco", 45}, {"sesenta", 60}, {"noventa", 90},
			{"ciento veinte", 120}),
		[DN_WORDS_MONTH] = PHRASES({"ene[ro]", 1}, {"feb[rero]", 2}, {"mar[zo]", 3}, {"abr[il]", 4}, {"mayo", 5}, {"jun[io]", 6}, {"jul[io]", 7}, {"ago[sto]", 8}, {"sep[t|tiembre]", 9}, {"oct[ubre]", 10}, {"nov[iembre]", 11}, {"dic[iembre]", 12}),
		[DN_WORDS_PERIOD_END] = PHRASES(
			{"fin de semana", DN_PERIOD_WEEK},
			{"fin de decena", DN_PERIOD_TEN_DAYS},
			{"fin de quincena", DN_PERIOD_HALF_MONTH},
			{"[a ]fin[al] de[l] mes|al finalizar el mes", DN_PERIOD_MONTH},
			{"[a ]fin[al] de[l] mes (en curso|actual|corriente)", DN_PERIOD_ISSUE},
			{"fin de trimestre", DN_PERIOD_QUARTER},
			{"fin de ano", DN_PERIOD_YEAR}),
		[DN_WORDS_PLUS] = PHRASES({"mas", 0}),
		[DN_WORDS_BEFORE] = PHRASES({"antes de[l| la]", 0}),
		[DN_WORDS_AFTER] = PHRASES({"(desde|de)[ la]", 0}, {"(despues de|tras)[ la]", 1}),
		[DN_WORDS_ISSUE] = PHRASES({"[la ]fecha[ de][ la] (factura|fact|fct|fra|recepcion)|fecha de emision|f f|recepcion de[ la] factura", 0}),
		[DN_WORDS_THEN] = PHRASES({"luego", 0}),
		[DN_WORDS_FOLLOWING_END] = PHRASES({"[a ]fin[al][es] de[l] (mes (siguiente|proximo)|proximo mes)", 0}),
		[DN_WORDS_EVENT] = PHRASES(
			{"[al |de ]contado|inmediato|a la vista|a la recepcion[ de[ la] factura]", DN_EVENT_RECEIPT},
			{"[por |pago ]anticipado|[pago ]por adelantado", DN_EVENT_ADVANCE}, {"contra reembolso", DN_EVENT_SPOT},
			{"al pedido|a la (firma|aceptacion)[ del presupuesto]", DN_EVENT_ORDER},
			{"(a la|contra) (entrega|finalizacion)[ de la (instalacion|obra)| de los trabajos]", DN_EVENT_DELIVERY}),
		[DN_WORDS_EVENT_NOUN] = PHRASES({"entrega|recepcion de la mercancia", DN_EVENT_DELIVERY}, {"pedido", DN_EVENT_ORDER}),
		[DN_WORDS_LEAD] = PHRASES({"neto", 1}, {"[forma de |condiciones de |plazo de ]pago[ aplazado]|credito|vence|dentro de|a pagar|vencimiento|vto[s]|pte acept|a", 0}),
		[DN_WORDS_TAIL] = PHRASES({"neto[s]", 1}, {"gracias por su confianza|salvo (acuerdo|pacto) (distinto|contrario|en contrario)[ por escrito]", 0}),
		[DN_WORDS_MEANS] = PHRASES({"[(por|mediante) ](transferencia[s]|trf|confirming|giro|recibo[ bancario| domiciliado]|domiciliacion[ bancaria]|[reposicion ]pagare[s]|cheque)", 0}),
		[DN_WORDS_ON] = PHRASES({"el[ dia]|dia[s]|los dias|[el |los ]dia[s] (de pago|fijo[s])", 0}, {"el proximo", 1}),
		[DN_WORDS_OR] = PHRASES({"o|y", 0}),
		[DN_WORDS_THE] = PHRASES({"el", 0}),
		[DN_WORDS_OF_MONTH] = PHRASES({"del (mes (siguiente|proximo)|proximo mes)|del mes despues de[ la] (factura|fecha de[ la] factura)", 1}, {"de(l| cada) mes", 0}),
		[DN_WORDS_BALANCE] = PHRASES({"[el ](resto|saldo)", 0}),
		[DN_WORDS_FRACTION] = PHRASES({"[la ]mitad", 2}, {"un tercio", 3}),
		[DN_WORDS_LESS] = PHRASES({"con", 0}),
		[DN_WORDS_TIMES] = PHRASES({"(plazo|pago|cuota|vencimiento|giro)[s][ iguales][ (a|de)]", 0}),
		[DN_WORDS_DUE] = PHRASES({"pagadero|pago|vencimiento", 0}),
		[DN_WORDS_LATE] = PHRASES({"penalizacion[es]|retraso|intereses (de demora|moratorios)|recargo|demora|mora", 0}),
		[DN_WORDS_OF_REMAINDER] = PHRASES({"del (resto|saldo)", 0}),
		[DN_WORDS_OF_BASE] = PHRASES({"de", 0}),
		[DN_WORDS_SHARE] = PHRASES({"descuento[ del| de][ por pronto pago]|pronto pago", 0}, {"[de ]anticipo", 1}, {"restante[s]|del (total|importe|presupuesto)[ total]", 2}),
		[DN_WORDS_PERCENT] = PHRASES({"por ciento", 0}),
		[DN_WORDS_CONJUNCTION] = PHRASES({"y|luego", 0}, {"o", 1}),
		[DN_WORDS_AMOUNT] = PHRASES({"importe", 0}),
		[DN_WORDS_SHIFT] = PHRASES(
			{"[trasladado al ]dia habil siguiente", DN_SHIFT_FOLLOWING},
			{"[adelantado al ]dia habil anterior", DN_SHIFT_PRECEDING},
			{"[trasladado al ]dia habil siguiente del mismo mes", DN_SHIFT_MODIFIED}),
		[DN_WORDS_TAX] = PHRASES({"impuesto reducido por pronto pago", DN_TAX_EARLY}, {"impuesto siempre reducido", DN_TAX_ALWAYS}, {"impuesto nunca reducido", DN_TAX_NEVER})
	},
	.write = {
		.language = DN_LANGUAGE_ES,
		.unit = {{"día", "días"}, {"semana", "semanas"}, {"mes", "meses"}, {"día hábil", "días hábiles"}},
		.then = ", luego ",
		.net_before = "", .net_after = {" neto", " netos"},
		.end = {"fin de semana", "fin de decena", "fin de quincena", "fin de mes", "fin de trimestre", "fin de año"},
		.following_end = "fin del mes siguiente",
		.event = {"a la recepción de la factura", "al pedido", "a la entrega"},
		.on = "el ", .on_next = "el próximo ", .or_on = " o el ", .of_following = " del mes siguiente", .date = "el ",
		.of_remainder = " del resto", .of_total = " del total", .of_base = " de ", .amount = "importe ", .balance = "resto",
		.discount_before = "descuento del ", .discount_after = "",
		.within = " a ", .within_of_base = " a ", .at = " a ",
		.part_separator = ", ", .option_separator = ", ",
		.shift = {"trasladado al día hábil siguiente", "adelantado al día hábil anterior",
		"trasladado al día hábil siguiente del mismo mes"},
		.tax = {"impuesto siempre reducido", "impuesto nunca reducido"}
	}
};

const DnTermsWords *const dn_terms_words[DN_LANGUAGES] = {
	[DN_LANGUAGE_EN] = &english,
	[DN_LANGUAGE_FR] = &french,
	[DN_LANGUAGE_DE] = &german,
	[DN_LANGUAGE_NL] = &dutch,
	[DN_LANGUAGE_IT] = &italian,
	[DN_LANGUAGE_ES] = &spanish
};
