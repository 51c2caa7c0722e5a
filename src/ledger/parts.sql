-- The parts of an item by its payment terms.  Payments that name a part pay it;
-- the others fill the parts in the order of their due dates, what is too much
-- stays with the last part and what is taken back with the first.

CREATE FUNCTION _dunning.item_parts(terms dunning.payment_terms, issued_on date, amount numeric, decimals integer, first_day date,
		amounts numeric[], days date[], parts integer[], with_history boolean)
	RETURNS TABLE (part integer, parts integer, due_on date, amount numeric, received numeric, history dunning.balance_history)
	LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 2 COST 10 AS 'MODULE_PATHNAME', 'dunning_item_parts';
COMMENT ON FUNCTION _dunning.item_parts(dunning.payment_terms, date, numeric, integer, date, numeric[], date[], integer[], boolean) IS
	'The parts of an item: number, count, due date, amount, what each received of the payments, and on request its balance history. Parts are rounded to the decimals (NULL: 2). A payment without a usable day is of the first day. No row without terms, issue date or a finite amount';
