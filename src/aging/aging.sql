-- dunning.aging_scheme: ranges of days past due that cover every day.
--
--   30,60,90                                  short for not due, 1-30, 31-60, 61-90, 91+
--   ..0 "not due", 1..30, 31..60 "second month", 61..
--
-- The first range is open below, the last one above, and each begins the day
-- after the previous one ends.  Buckets are numbered from 0.

CREATE FUNCTION dunning.aging_buckets(scheme dunning.aging_scheme)
	RETURNS TABLE (bucket integer, label text, from_day integer, to_day integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'dunning_aging_buckets';
COMMENT ON FUNCTION dunning.aging_buckets IS 'The buckets of an aging scheme, with the first and last day past due of each (NULL: open)';

CREATE FUNCTION dunning.to_jsonb(scheme dunning.aging_scheme) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT jsonb_agg(jsonb_build_object('bucket', b.bucket, 'label', b.label,
		                                    'from', b.from_day, 'to', b.to_day) ORDER BY b.bucket)
		FROM dunning.aging_buckets(scheme) AS b;
	END;
COMMENT ON FUNCTION dunning.to_jsonb(dunning.aging_scheme) IS 'An aging scheme as a JSON array of objects with bucket, label, from and to';

CREATE CAST (dunning.aging_scheme AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.aging_scheme);
COMMENT ON CAST (dunning.aging_scheme AS jsonb) IS 'An aging scheme as a JSON array of objects with bucket, label, from and to';

-- The bucket of an item is the range that contains its days past due.  An infinite date
-- is in the first or last bucket.
CREATE FUNCTION dunning.aging_bucket(due_on date, as_of date DEFAULT dunning.today(),
									 scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket';
COMMENT ON FUNCTION dunning.aging_bucket(date, date, dunning.aging_scheme) IS 'The number of the aging bucket of a due date on as_of, from 0';

CREATE FUNCTION dunning.bucket_label(due_on date, as_of date DEFAULT dunning.today(),
									scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_bucket_label';
COMMENT ON FUNCTION dunning.bucket_label(date, date, dunning.aging_scheme) IS 'The label of the aging bucket of a due date on as_of';

CREATE FUNCTION dunning.bucket_label(scheme dunning.aging_scheme, bucket integer) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_label';
COMMENT ON FUNCTION dunning.bucket_label(dunning.aging_scheme, integer) IS 'The label of a bucket of an aging scheme; NULL if there is no such bucket';

-- The items of a bucket.  in_aging_bucket is planned as comparisons of the due date with
-- the ends of the bucket, so it uses an index on the due date.
CREATE FUNCTION dunning.aging_bucket_from(as_of date, bucket integer, scheme dunning.aging_scheme) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_from';
COMMENT ON FUNCTION dunning.aging_bucket_from(date, integer, dunning.aging_scheme) IS
	'The first due date of a bucket on as_of: -infinity if it is open, infinity if the bucket has no day';

CREATE FUNCTION dunning.aging_bucket_to(as_of date, bucket integer, scheme dunning.aging_scheme) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_to';
COMMENT ON FUNCTION dunning.aging_bucket_to(date, integer, dunning.aging_scheme) IS
	'The last due date of a bucket on as_of: infinity if it is open, -infinity if the bucket has no day';

CREATE FUNCTION _dunning.in_aging_bucket_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_in_aging_bucket_support';
COMMENT ON FUNCTION _dunning.in_aging_bucket_support IS 'Planner support of in_aging_bucket';

CREATE FUNCTION dunning.in_aging_bucket(due_on date, as_of date, bucket integer,
										scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT _dunning.in_aging_bucket_support
	AS 'MODULE_PATHNAME', 'dunning_in_aging_bucket';
COMMENT ON FUNCTION dunning.in_aging_bucket(date, date, integer, dunning.aging_scheme) IS 'Whether a due date is in a bucket on as_of. Uses an index on the due date';

CREATE FUNCTION dunning.bucket_range(scheme dunning.aging_scheme, bucket integer, as_of date DEFAULT dunning.today()) RETURNS daterange
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE
			WHEN f.day > t.day THEN daterange 'empty'
			-- no day follows the last one
			WHEN t.day = date '5874897-12-31' THEN daterange(nullif(f.day, '-infinity'), 'infinity')
			ELSE daterange(nullif(f.day, '-infinity'), nullif(t.day, 'infinity'), '[]') END
		FROM dunning.aging_bucket_from(as_of, bucket, scheme) AS f (day),
			dunning.aging_bucket_to(as_of, bucket, scheme) AS t (day);
	END;
COMMENT ON FUNCTION dunning.bucket_range IS 'The due dates of a bucket on as_of; empty if there is no such bucket';

CREATE FUNCTION dunning.buckets(scheme dunning.aging_scheme, as_of date)
	RETURNS TABLE (bucket integer, label text, due_on daterange)
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
	BEGIN ATOMIC
		SELECT b.bucket, b.label, dunning.bucket_range(scheme, b.bucket, as_of) FROM dunning.aging_buckets(scheme) AS b;
	END;
COMMENT ON FUNCTION dunning.buckets(dunning.aging_scheme, date) IS 'The buckets of an aging scheme, with the due dates of each on as_of';

-- dunning.aged_balance: an exact amount for every bucket of a scheme, and one for items
-- without a due date.
--
--   {100.00, 20.00, 0.00, 0.00, 0.00; undated 5.00} by 30,60,90
--
-- An undated amount of zero is not printed.  Amounts that are NaN or infinite are added
-- up apart as the invalid amount, and change no bucket; the total includes them.  All
-- amounts are shown with the decimals of the finest one, as sum() shows its result.

-- As the combine function of the aggregate it changes its first argument in place.
CREATE FUNCTION _dunning.aged_balance_add(dunning.aged_balance, dunning.aged_balance) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_add';
COMMENT ON FUNCTION _dunning.aged_balance_add IS 'Implementation of the operator +: two balances of the same scheme, bucket by bucket';

CREATE OPERATOR pg_catalog.+ (
	LEFTARG = dunning.aged_balance, RIGHTARG = dunning.aged_balance, FUNCTION = _dunning.aged_balance_add,
	COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (dunning.aged_balance, dunning.aged_balance) IS 'Two balances of the same scheme, added bucket by bucket';

-- The aggregate.  Items without an amount are left out, as sum() leaves them out.  Items
-- without a due date or an as_of make the undated amount.  The total always equals
-- sum(amount).
CREATE FUNCTION _dunning.aged_balance_accum(state dunning.aged_balance, amount numeric, due_on date,
										   as_of date, scheme dunning.aging_scheme) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_accum';
COMMENT ON FUNCTION _dunning.aged_balance_accum IS 'Transition of the aggregate aged_balance: adds an item to a balance';

-- A moving window removes items again.  If the amount of a removed item is not plain, the
-- window is computed anew.
CREATE FUNCTION _dunning.aged_balance_moving_accum(state internal, amount numeric, due_on date,
												  as_of date, scheme dunning.aging_scheme) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_accum';
COMMENT ON FUNCTION _dunning.aged_balance_moving_accum IS 'Transition of the aggregate aged_balance over a moving window';

CREATE FUNCTION _dunning.aged_balance_moving_remove(state internal, amount numeric, due_on date,
												   as_of date, scheme dunning.aging_scheme) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_remove';
COMMENT ON FUNCTION _dunning.aged_balance_moving_remove IS 'Inverse transition of the aggregate aged_balance over a moving window';

CREATE FUNCTION _dunning.aged_balance_moving_final(state internal) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_final';
COMMENT ON FUNCTION _dunning.aged_balance_moving_final IS 'Final function of the aggregate aged_balance over a moving window';

-- 112 bytes is the state of a scheme of five buckets.
CREATE AGGREGATE dunning.aged_balance(amount numeric, due_on date, as_of date, scheme dunning.aging_scheme) (
	SFUNC = _dunning.aged_balance_accum,
	STYPE = dunning.aged_balance,
	SSPACE = 112,
	COMBINEFUNC = _dunning.aged_balance_add,
	MSFUNC = _dunning.aged_balance_moving_accum,
	MINVFUNC = _dunning.aged_balance_moving_remove,
	MSTYPE = internal,
	MSSPACE = 192,
	MFINALFUNC = _dunning.aged_balance_moving_final,
	MFINALFUNC_MODIFY = READ_ONLY,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.aged_balance(numeric, date, date, dunning.aging_scheme) IS 'The amounts of items by aging bucket on as_of';

CREATE AGGREGATE dunning.sum(dunning.aged_balance) (
	SFUNC = _dunning.aged_balance_add,
	STYPE = dunning.aged_balance,
	SSPACE = 112,
	COMBINEFUNC = _dunning.aged_balance_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.sum(dunning.aged_balance) IS 'The sum of aged balances of one aging scheme, for total lines';

CREATE FUNCTION dunning.amounts(balance dunning.aged_balance) RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_amounts';
COMMENT ON FUNCTION dunning.amounts IS 'The amounts of an aged balance: one for each bucket, the undated amount, and the invalid one if there is any';

CREATE FUNCTION dunning.buckets(balance dunning.aged_balance)
	RETURNS TABLE (bucket integer, label text, amount numeric)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'dunning_aged_balance_buckets';
COMMENT ON FUNCTION dunning.buckets(dunning.aged_balance) IS 'An aged balance as rows: one for each bucket, then the undated amount and any invalid one without a bucket number';

CREATE FUNCTION dunning.amount(balance dunning.aged_balance, bucket integer) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_amount';
COMMENT ON FUNCTION dunning.amount IS 'The amount of one bucket of an aged balance; NULL if there is no such bucket';

CREATE FUNCTION dunning.undated(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_undated';
COMMENT ON FUNCTION dunning.undated IS 'The amount without a due date in an aged balance';

CREATE FUNCTION dunning.invalid(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_invalid';
COMMENT ON FUNCTION dunning.invalid IS 'The sum of the NaN and infinite amounts in an aged balance; NULL if there are none';

CREATE FUNCTION dunning.total(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_total';
COMMENT ON FUNCTION dunning.total IS 'The sum of all amounts of an aged balance';

CREATE FUNCTION _dunning.without_dust(balance dunning.aged_balance) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_without_dust';
COMMENT ON FUNCTION _dunning.without_dust(dunning.aged_balance) IS 'An aged balance whose amounts are without dust';

CREATE FUNCTION dunning.scheme(balance dunning.aged_balance) RETURNS dunning.aging_scheme
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_scheme';
COMMENT ON FUNCTION dunning.scheme IS 'The aging scheme of an aged balance';

CREATE FUNCTION dunning.to_jsonb(balance dunning.aged_balance) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT jsonb_agg(jsonb_build_object('bucket', b.bucket, 'label', b.label, 'amount', b.amount)
		                 ORDER BY b.bucket NULLS LAST)
		FROM dunning.buckets(balance) AS b;
	END;
COMMENT ON FUNCTION dunning.to_jsonb(dunning.aged_balance) IS 'An aged balance as a JSON array of objects with bucket, label and amount';

CREATE CAST (dunning.aged_balance AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.aged_balance);
COMMENT ON CAST (dunning.aged_balance AS jsonb) IS 'An aged balance as a JSON array of objects with bucket, label and amount';
