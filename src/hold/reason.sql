-- Why something is held, and what follows from it.

CREATE TABLE dunning.hold_reason ( --: Reasons of holds, and what each implies. A hold copies it, so that a change is for later holds only
	name text PRIMARY KEY CHECK (name ~ '^[a-z_][a-z0-9_]*$' AND octet_length(name) <= 63), --: Name of the reason: lower-case letters, digits and _
	label_en text NOT NULL, --: What it is called in English
	label_fr text, --: What it is called in French; NULL: as in English
	stops text NOT NULL DEFAULT 'all' CHECK (stops IN ('all', 'automatic', 'none')), --: Which reminders it stops: all, automatic ones (a person still takes the manual steps), or none
	interest_runs boolean NOT NULL DEFAULT true, --: Whether late interest runs on its days
	interest_claimed boolean NOT NULL DEFAULT true, --: Whether the late interest of its days, and a compensation that falls due then, are claimed while it lasts; what is not is claimed after it
	counts_as_overdue boolean NOT NULL DEFAULT true, --: Whether reports count the item as overdue while it lasts; what is not stands as due on the day of the report
	then_do text NOT NULL DEFAULT 'continue' CHECK (then_do IN ('continue', 'wait', 'restart')), --: What follows its end: continue, as if it had not been; wait, the wait between two reminders begins again; restart, the procedure begins again
	longest_days integer CHECK (longest_days > 0), --: Longest duration in days, after which a hold ends by itself; NULL: it has none
	needs_amount boolean NOT NULL DEFAULT false, --: Whether a hold has to say which amount of the item is held
	needs_end boolean NOT NULL DEFAULT false, --: Whether a hold has to say its last day
	source text, --: Where the rule was read
	shipped boolean NOT NULL DEFAULT false, --: Whether the row came with the extension
	CHECK (interest_runs OR NOT interest_claimed)
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.hold_reason
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('name');
SELECT pg_catalog.pg_extension_config_dump('dunning.hold_reason', 'WHERE NOT shipped');

CREATE TABLE dunning.dispute_category ( --: What a dispute is about: the reason codes of French electronic invoices, and categories of your own
	code text PRIMARY KEY CHECK (code ~ '^[A-Za-z][A-Za-z0-9_]*$' AND octet_length(code) <= 63), --: Code of the category
	label_en text NOT NULL, --: What it is called in English
	label_fr text, --: What it is called in French; NULL: as in English
	source text, --: Where the code was read
	shipped boolean NOT NULL DEFAULT false --: Whether the row came with the extension
);
CREATE TRIGGER prefer_shipped BEFORE INSERT ON dunning.dispute_category
	FOR EACH ROW EXECUTE FUNCTION _dunning.prefer_shipped('code');
SELECT pg_catalog.pg_extension_config_dump('dunning.dispute_category', 'WHERE NOT shipped');
