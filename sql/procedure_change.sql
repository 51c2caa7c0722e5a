-- What is said when a procedure is changed by hand while items are in the middle of it.
SET dunning.time_zone = 'UTC';
BEGIN;
CREATE TABLE bill (id integer PRIMARY KEY, client integer, due_on date, amount numeric);
INSERT INTO bill SELECT k, k, '2026-03-01', 100 FROM generate_series(1, 3) AS k;
INSERT INTO bill VALUES (4, 4, '2026-05-01', 100);
INSERT INTO dunning.procedure (name, procedure) VALUES ('ours', '5 email "Reminder"; 15 letter'), ('unused', '1 sms');
SELECT count(*) > 0 AS adopted FROM dunning.adopt('bill', procedure => 'ours', rule => NULL, columns => '{"key": "id", "customer": "client", "due_on": "due_on", "open_amount": "amount", "currency": "EUR"}');
SELECT dunning.run_reminders('2026-03-10');
SELECT count(*) FILTER (WHERE dunning.mark_reminder_sent(reminder, '2026-03-10')) AS sent FROM dunning.reminder WHERE item IN ('1', '2');
SET LOCAL dunning.today = '2026-03-11';
SET client_min_messages = notice;
UPDATE dunning.procedure SET procedure = '5 email "Reminder"; 8 phone; 15 letter' WHERE name = 'ours';
UPDATE dunning.procedure SET procedure = '5 email "Other"; 8 phone; 15 letter' WHERE name = 'ours';
-- nothing is raised by that, and nothing withdrawn
SELECT item, step, state FROM dunning.reminder ORDER BY item;
-- the same text, other columns, a procedure without items, and set_procedure, which answers by itself
UPDATE dunning.procedure SET procedure = procedure, description = 'Ours' WHERE name = 'ours';
UPDATE dunning.procedure SET procedure = '2 sms' WHERE name = 'unused';
SELECT in_course, changed, new_step, items FROM dunning.set_procedure('ours', '5 email "Other"; 9 phone; 15 letter') ORDER BY 1, 2, 3;
-- what cannot be read does not stop the change
SET client_min_messages = warning;
DROP TABLE bill CASCADE;
SET client_min_messages = notice;
UPDATE dunning.procedure SET procedure = '3 email' WHERE name = 'ours';
SELECT procedure FROM dunning.procedure WHERE name = 'ours';
ROLLBACK;
