-- The shipped templates as messages, and what a template is refused for.
SET search_path = public;
\pset null '(null)'
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
-- 1. every shipped message, filled with the sample; pages have a context of their own
SELECT format(E'---- %s %s\nSubject: %s\n\n%s', t.name, t.language, m.subject, m.body)
FROM dunning.template AS t CROSS JOIN LATERAL dunning.render_template(t.name, dunning.template_sample(t.language)) AS m
WHERE t.kind NOT IN ('partial', 'page') ORDER BY t.name COLLATE "C", t.language COLLATE "C";
-- 2. what may be missing, is missing: no contact, no penalties, no earlier message, nothing to pay with
SELECT format(E'---- %s %s\nSubject: %s\n\n%s', t.name, t.language, m.subject, m.body)
FROM dunning.template AS t CROSS JOIN LATERAL dunning.render_template(t.name, '{"items": [{"reference": "F-1", "issued_on": "A", "due_on": "B", "amount": "1", "open_amount": "2", "partly_paid": true, "days_past_due": 1, "one_day": true}],
	"company": {"name": "ACME"}, "customer": {"name": "Durand", "address": "Lyon"}, "totals": {"open_amount": "2", "total": "2"}, "deadline": {"pay_before": "C"}, "written_on": "D", "sent_before": []}', t.language) AS m
WHERE t.name IN ('first_reminder', 'second_reminder') ORDER BY t.name COLLATE "C", t.language COLLATE "C";
-- a formal notice must have all that the law asks for
SELECT dunning.render_template('formal_notice', '{"items": [{"reference": "F-1", "issued_on": "A", "due_on": "B", "amount": "1", "open_amount": "2", "partly_paid": true, "days_past_due": 1, "one_day": true}],
	"company": {"name": "ACME"}, "customer": {"name": "Durand", "address": "Lyon"}, "totals": {"open_amount": "2", "total": "2"}, "deadline": {"pay_before": "C"}, "written_on": "D", "sent_before": []}', 'fr');
-- 3. HTML of a text
SELECT dunning.html_of_text(E'Dear <b>O''Neil</b>,\n\n\nline 1\r\nline "2" & 3\n\n');
SELECT dunning.html_of_text(''), dunning.html_of_text(NULL);
-- 4. saving
SELECT dunning.save_template('mine', 'fr', E'Bonjour {{customer.nam}},\n{{> items}}{{> gone}}', subject => '{{subject}}', html => '<p>{{totals.totl}}</p>');
SELECT dunning.save_template('mine', 'fr', 'Bonjour {{#items}}');
SELECT dunning.save_template('mine', 'fr', 'Bonjour {{items}}');
SELECT dunning.save_template('mine', 'fr', 'x', subject => '{{');
SELECT dunning.save_template('mine', 'fr', 'x', subject => E'a\nb');
SELECT dunning.save_template('mine', 'fr', NULL);
SELECT dunning.save_template('Mine', 'fr', 'x');
SELECT dunning.save_template('mine', 'fr', 'x', kind => 'poem');
SELECT dunning.save_template('mine', 'fr', 'x', kind => 'partial', channel => 'email');
SELECT dunning.save_template('mine', 'fr', 'x', level => -1);
SELECT dunning.save_template('mine', 'fr', 'x', valid_from => '2026-02-01', valid_until => '2026-01-31');
SELECT dunning.save_template('mine', 'fr', 'Bonjour {{customer.name}}, {{> items}} Mise en demeure !', kind => 'formal notice');
SELECT dunning.save_template('mine', 'es', 'Burofax a {{customer.name}}', kind => 'formal notice');
SELECT dunning.render_template('mine', '{}', 'fr');
SELECT dunning.render_template('first_reminder', '{}');
-- a partial of one's own stands in place of the shipped one; it may name what its section has
SELECT dunning.save_template('signature', 'fr', E'{{company.signatory}} {{reference}} {{own}}\n', kind => 'partial');
SELECT dunning.save_template('mine', 'fr', E'Bonjour {{customer.name}}\n{{> signature}}');
SELECT dunning.save_template('signature', 'fr', E'{{company.signatory}}, {{company.name}}\n', kind => 'partial');
SELECT dunning.save_template('mine', 'fr', E'Bonjour {{customer.name}}\n{{> signature}}', subject => '{{lines}}', html => E'<p>{{customer.name}}</p>');
SELECT dunning.save_template('mine', 'fr', E'Bonjour {{customer.name}}\n{{> signature}}', subject => 'Lignes {{customer.address}}', html => E'<p>{{customer.name}}</p>');
SELECT * FROM dunning.render_template('mine', dunning.template_sample('fr'));
SELECT name, language, kind, procedure, level, channel, valid_from, valid_until, shipped FROM dunning.template WHERE NOT shipped ORDER BY name COLLATE "C";
-- 5. the parts of the law, for any text
SELECT dunning.missing_elements('{{company.name}} {{customer.name}}', 'de');
SELECT dunning.missing_elements('{{company.name}} {{customer.name}}', 'es');
SELECT count(*) FROM dunning.missing_elements(NULL, 'fr');
DELETE FROM dunning.template WHERE NOT shipped;
-- 6. shipped rows stay
UPDATE dunning.template SET body = 'x' WHERE name = 'courtesy';
