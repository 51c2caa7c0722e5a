-- dunning.aging_scheme: ranges of days past due that cover every day.
--
--   30,60,90                                  short for not due, 1-30, 31-60, 61-90, 91+
--   ..0 "not due", 1..30, 31..60 "second month", 61..
--
-- The first range is open below, the last one above, and each begins the day
-- after the previous one ends.  Buckets are numbered from 0.

-- aging_buckets(scheme): one row a bucket; from_day or to_day is null where the
-- range is open.
CREATE FUNCTION dunning.aging_buckets(scheme dunning.aging_scheme)
	RETURNS TABLE (bucket integer, label text, from_day integer, to_day integer)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 5 AS 'MODULE_PATHNAME', 'dunning_aging_buckets';
COMMENT ON FUNCTION dunning.aging_buckets(dunning.aging_scheme) IS
	'The buckets of an aging scheme, with the first and last day past due of each';

CREATE FUNCTION dunning.to_jsonb(scheme dunning.aging_scheme) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT jsonb_agg(jsonb_build_object('bucket', b.bucket, 'label', b.label,
		                                    'from', b.from_day, 'to', b.to_day) ORDER BY b.bucket)
		FROM dunning.aging_buckets(scheme) AS b;
	END;
COMMENT ON FUNCTION dunning.to_jsonb(dunning.aging_scheme) IS
	'An aging scheme as a JSON array of objects with bucket, label, from and to';

CREATE CAST (dunning.aging_scheme AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.aging_scheme);
COMMENT ON CAST (dunning.aging_scheme AS jsonb) IS
	'An aging scheme as a JSON array of objects with bucket, label, from and to';

-- The bucket of an item: the range that has its days past due.  An infinite
-- date is in the first or last bucket, whichever way it lies, and no error.
CREATE FUNCTION dunning.aging_bucket(due_on date, as_of date DEFAULT dunning.today(),
									 scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS integer
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket';
COMMENT ON FUNCTION dunning.aging_bucket(date, date, dunning.aging_scheme) IS
	'The number, counted from 0, of the aging bucket of an item due on a day, as of another';

CREATE FUNCTION dunning.bucket_label(due_on date, as_of date DEFAULT dunning.today(),
									scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_bucket_label';
COMMENT ON FUNCTION dunning.bucket_label(date, date, dunning.aging_scheme) IS
	'The label of the aging bucket of an item due on a day, as of another';

CREATE FUNCTION dunning.bucket_label(scheme dunning.aging_scheme, bucket integer) RETURNS text
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_label';
COMMENT ON FUNCTION dunning.bucket_label(dunning.aging_scheme, integer) IS
	'The label of a bucket of an aging scheme; null for a bucket that it does not have';

-- Drill-down: the items of a bucket.  in_aging_bucket is planned as comparisons
-- of the due date with the ends of the bucket, so it uses an index on it.
CREATE FUNCTION dunning.aging_bucket_from(as_of date, bucket integer, scheme dunning.aging_scheme) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_from';
COMMENT ON FUNCTION dunning.aging_bucket_from(date, integer, dunning.aging_scheme) IS
	'The first due date in a bucket as of a day: -infinity if it is open, infinity if the bucket has no day';

CREATE FUNCTION dunning.aging_bucket_to(as_of date, bucket integer, scheme dunning.aging_scheme) RETURNS date
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aging_bucket_to';
COMMENT ON FUNCTION dunning.aging_bucket_to(date, integer, dunning.aging_scheme) IS
	'The last due date in a bucket as of a day: infinity if it is open, -infinity if the bucket has no day';

CREATE FUNCTION _dunning.in_aging_bucket_support(internal) RETURNS internal
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_in_aging_bucket_support';
COMMENT ON FUNCTION _dunning.in_aging_bucket_support(internal) IS 'Planner support of in_aging_bucket';

CREATE FUNCTION dunning.in_aging_bucket(due_on date, as_of date, bucket integer,
										scheme dunning.aging_scheme DEFAULT '30,60,90') RETURNS boolean
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE SUPPORT _dunning.in_aging_bucket_support
	AS 'MODULE_PATHNAME', 'dunning_in_aging_bucket';
COMMENT ON FUNCTION dunning.in_aging_bucket(date, date, integer, dunning.aging_scheme) IS
	'Whether an item due on a day is in a bucket as of another: aging_bucket(due_on, as_of, scheme) = bucket, by an index';

CREATE FUNCTION dunning.bucket_range(scheme dunning.aging_scheme, bucket integer, as_of date) RETURNS daterange
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE
			WHEN f.day > t.day THEN daterange 'empty'
			-- beyond the last day there is no other to end before
			WHEN t.day = date '5874897-12-31' THEN daterange(nullif(f.day, '-infinity'), 'infinity')
			ELSE daterange(nullif(f.day, '-infinity'), nullif(t.day, 'infinity'), '[]') END
		FROM dunning.aging_bucket_from(as_of, bucket, scheme) AS f (day),
			dunning.aging_bucket_to(as_of, bucket, scheme) AS t (day);
	END;
COMMENT ON FUNCTION dunning.bucket_range(dunning.aging_scheme, integer, date) IS
	'The due dates in a bucket as of a day; empty for a bucket that the scheme does not have';

CREATE FUNCTION dunning.buckets(scheme dunning.aging_scheme, as_of date)
	RETURNS TABLE (bucket integer, label text, due_on daterange)
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 5
	BEGIN ATOMIC
		SELECT b.bucket, b.label, dunning.bucket_range(scheme, b.bucket, as_of) FROM dunning.aging_buckets(scheme) AS b;
	END;
COMMENT ON FUNCTION dunning.buckets(dunning.aging_scheme, date) IS
	'The buckets of an aging scheme, with the due dates of each as of a day';

-- dunning.aged_balance: an exact amount for every bucket of a scheme, and one
-- for what has no due date.
--
--   {100.00, 20.00, 0.00, 0.00, 0.00; undated 5.00} by 30,60,90
--
-- The undated amount is left out where there is none, and so is the invalid
-- one: amounts that are NaN or infinite are added up apart, as sum() adds them,
-- and spoil no bucket; the total shows them.  All amounts are shown with the
-- decimals of the finest one, as sum() shows theirs.

-- Adding needs the same scheme on both sides.  The function is also the
-- aggregate's combine function, and then changes its first argument in place.
CREATE FUNCTION _dunning.aged_balance_add(dunning.aged_balance, dunning.aged_balance) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_add';
COMMENT ON FUNCTION _dunning.aged_balance_add(dunning.aged_balance, dunning.aged_balance) IS
	'Implementation of the operator +: two balances of the same scheme, bucket by bucket';

CREATE OPERATOR pg_catalog.+ (
	LEFTARG = dunning.aged_balance, RIGHTARG = dunning.aged_balance, FUNCTION = _dunning.aged_balance_add,
	COMMUTATOR = OPERATOR(pg_catalog.+)
);
COMMENT ON OPERATOR pg_catalog.+ (dunning.aged_balance, dunning.aged_balance) IS
	'Two balances of the same scheme, added bucket by bucket';

-- The aggregate.  Items without an amount are left out, as sum() leaves them
-- out; those without a due date, or without a date to compare it with, make the
-- undated amount.  The total is always what sum(amount) gives.
CREATE FUNCTION _dunning.aged_balance_accum(state dunning.aged_balance, amount numeric, due_on date,
										   as_of date, scheme dunning.aging_scheme) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_accum';
COMMENT ON FUNCTION _dunning.aged_balance_accum(dunning.aged_balance, numeric, date, date, dunning.aging_scheme) IS
	'Transition of the aggregate aged_balance: adds an item to a balance';

-- Over a moving window items leave again; one whose amount is not plain makes
-- the window begin anew.
CREATE FUNCTION _dunning.aged_balance_moving_accum(state internal, amount numeric, due_on date,
												  as_of date, scheme dunning.aging_scheme) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_accum';
COMMENT ON FUNCTION _dunning.aged_balance_moving_accum(internal, numeric, date, date, dunning.aging_scheme) IS
	'Transition of the aggregate aged_balance over a moving window';

CREATE FUNCTION _dunning.aged_balance_moving_remove(state internal, amount numeric, due_on date,
												   as_of date, scheme dunning.aging_scheme) RETURNS internal
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_remove';
COMMENT ON FUNCTION _dunning.aged_balance_moving_remove(internal, numeric, date, date, dunning.aging_scheme) IS
	'Inverse transition of the aggregate aged_balance over a moving window';

CREATE FUNCTION _dunning.aged_balance_moving_final(state internal) RETURNS dunning.aged_balance
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_moving_final';
COMMENT ON FUNCTION _dunning.aged_balance_moving_final(internal) IS
	'Final function of the aggregate aged_balance over a moving window';

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
COMMENT ON AGGREGATE dunning.aged_balance(numeric, date, date, dunning.aging_scheme) IS
	'The amounts of items, by the aging bucket of each as of a day';

CREATE AGGREGATE dunning.sum(dunning.aged_balance) (
	SFUNC = _dunning.aged_balance_add,
	STYPE = dunning.aged_balance,
	SSPACE = 112,
	COMBINEFUNC = _dunning.aged_balance_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.sum(dunning.aged_balance) IS
	'The sum of aged balances of one aging scheme, for total lines';

CREATE FUNCTION dunning.amounts(balance dunning.aged_balance) RETURNS numeric[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_amounts';
COMMENT ON FUNCTION dunning.amounts(dunning.aged_balance) IS
	'The amounts of an aged balance: one a bucket, the undated amount, and the invalid one if there is any';

CREATE FUNCTION dunning.buckets(balance dunning.aged_balance)
	RETURNS TABLE (bucket integer, label text, amount numeric)
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 6 AS 'MODULE_PATHNAME', 'dunning_aged_balance_buckets';
COMMENT ON FUNCTION dunning.buckets(dunning.aged_balance) IS
	'An aged balance as rows: one a bucket, then the undated amount and any invalid one without a bucket number';

CREATE FUNCTION dunning.amount(balance dunning.aged_balance, bucket integer) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_amount';
COMMENT ON FUNCTION dunning.amount(dunning.aged_balance, integer) IS
	'The amount of one bucket of an aged balance; null for a bucket that its scheme does not have';

CREATE FUNCTION dunning.undated(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_undated';
COMMENT ON FUNCTION dunning.undated(dunning.aged_balance) IS 'The amount without a due date in an aged balance';

CREATE FUNCTION dunning.invalid(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_invalid';
COMMENT ON FUNCTION dunning.invalid(dunning.aged_balance) IS
	'The sum of the amounts in an aged balance that are no number or infinite; null if there are none';

CREATE FUNCTION dunning.total(balance dunning.aged_balance) RETURNS numeric
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_total';
COMMENT ON FUNCTION dunning.total(dunning.aged_balance) IS 'The sum of all amounts of an aged balance';

CREATE FUNCTION dunning.scheme(balance dunning.aged_balance) RETURNS dunning.aging_scheme
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_aged_balance_scheme';
COMMENT ON FUNCTION dunning.scheme(dunning.aged_balance) IS 'The aging scheme of an aged balance';

CREATE FUNCTION dunning.to_jsonb(balance dunning.aged_balance) RETURNS jsonb
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT jsonb_agg(jsonb_build_object('bucket', b.bucket, 'label', b.label, 'amount', b.amount)
		                 ORDER BY b.bucket NULLS LAST)
		FROM dunning.buckets(balance) AS b;
	END;
COMMENT ON FUNCTION dunning.to_jsonb(dunning.aged_balance) IS
	'An aged balance as a JSON array of objects with bucket, label and amount';

CREATE CAST (dunning.aged_balance AS jsonb) WITH FUNCTION dunning.to_jsonb(dunning.aged_balance);
COMMENT ON CAST (dunning.aged_balance AS jsonb) IS
	'An aged balance as a JSON array of objects with bucket, label and amount';
