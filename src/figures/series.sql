-- Figures of receivables on several days, in one pass over the movements, and the
-- formulas by themselves.

CREATE TYPE _dunning.figure AS (
	as_of date, receivables numeric, overdue numeric, overdue_beyond_90 numeric, sales numeric, sales_days integer,
	dso numeric, best_possible_dso numeric, average_days_delinquent numeric, count_back_dso numeric,
	collection_effectiveness numeric, overdue_percent numeric, beyond_90_percent numeric);
COMMENT ON TYPE _dunning.figure IS 'The figures of a day: an element of dunning.figures(...) as an aggregate';
COMMENT ON COLUMN _dunning.figure.as_of IS 'The day';
COMMENT ON COLUMN _dunning.figure.receivables IS 'What is open at the end of the day; NULL, with all other figures, once an amount is no number';
COMMENT ON COLUMN _dunning.figure.overdue IS 'What of it is past due';
COMMENT ON COLUMN _dunning.figure.overdue_beyond_90 IS 'What of it is past due by more than 90 days';
COMMENT ON COLUMN _dunning.figure.sales IS 'What was sold in the months before and on the day';
COMMENT ON COLUMN _dunning.figure.sales_days IS 'Days of these months';
COMMENT ON COLUMN _dunning.figure.dso IS 'Days sales outstanding: receivables * sales_days / sales; NULL unless something was sold';
COMMENT ON COLUMN _dunning.figure.best_possible_dso IS 'The same of what is not overdue';
COMMENT ON COLUMN _dunning.figure.average_days_delinquent IS 'dso less best_possible_dso';
COMMENT ON COLUMN _dunning.figure.count_back_dso IS 'Days back until the sales add up to the receivables; NULL if those of all months that are counted back do not';
COMMENT ON COLUMN _dunning.figure.collection_effectiveness IS
	'Collection effectiveness index in percent: of what could be collected in the months, what was; NULL if there was nothing';
COMMENT ON COLUMN _dunning.figure.overdue_percent IS 'overdue in percent of receivables; NULL unless they are above zero';
COMMENT ON COLUMN _dunning.figure.beyond_90_percent IS 'overdue_beyond_90 in percent of receivables';

CREATE FUNCTION _dunning.figures_accum(state _dunning.figures_state, amount numeric, on_day date, due_on date, sale numeric,
		days date[], months integer, count_back_months integer) RETURNS _dunning.figures_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_figures_accum';
COMMENT ON FUNCTION _dunning.figures_accum(_dunning.figures_state, numeric, date, date, numeric, date[], integer, integer) IS
	'Transition of the aggregate figures: adds a movement and a sale to a state';

CREATE FUNCTION _dunning.figures_accum(state _dunning.figures_state, history dunning.balance_history, issued_on date, due_on date,
	sale numeric,
		days date[], months integer, count_back_months integer) RETURNS _dunning.figures_state
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_figures_accum_history';
COMMENT ON FUNCTION _dunning.figures_accum(_dunning.figures_state, dunning.balance_history, date, date, numeric, date[], integer,
	integer) IS
	'Transition of the aggregate figures: adds the movements of an item and its sale to a state';

-- In an aggregate the combine function changes its first argument in place.
CREATE FUNCTION _dunning.figures_combine(_dunning.figures_state, _dunning.figures_state) RETURNS _dunning.figures_state
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_figures_combine';
COMMENT ON FUNCTION _dunning.figures_combine(_dunning.figures_state, _dunning.figures_state) IS
	'Combines two states of the aggregate figures; error 22023 unless they have the same days and months';

CREATE FUNCTION _dunning.figures_final(_dunning.figures_state) RETURNS _dunning.figure[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_figures_final';
COMMENT ON FUNCTION _dunning.figures_final(_dunning.figures_state) IS 'The figures of a state of the aggregate figures, one a day';

CREATE FUNCTION _dunning.figures_of(state _dunning.figures_state, thirty_day_months boolean, monthly_sales boolean)
	RETURNS _dunning.figure[]
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_figures_final';
COMMENT ON FUNCTION _dunning.figures_of(_dunning.figures_state, boolean, boolean) IS
	'The figures of a state, one a day: with months of 30 days or of the calendar; in the collection effectiveness with the sales of an average month or of all';

-- 4500 bytes is the state of 24 months and 24 before them.
CREATE AGGREGATE dunning.figures(amount numeric, on_day date, due_on date, sale numeric, days date[], months integer,
	count_back_months integer) (
	SFUNC = _dunning.figures_accum,
	STYPE = _dunning.figures_state,
	SSPACE = 4500,
	FINALFUNC = _dunning.figures_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = _dunning.figures_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.figures(numeric, date, date, numeric, date[], integer, integer) IS
	'The figures of receivables on ascending days, from movements and what was sold by them. A movement without a day counts from ever, one without a due date is never overdue. Error 22023 for other days in a group, 54000 for too many';

CREATE AGGREGATE dunning.figures(history dunning.balance_history, issued_on date, due_on date, sale numeric, days date[], months integer,
	count_back_months integer) (
	SFUNC = _dunning.figures_accum,
	STYPE = _dunning.figures_state,
	SSPACE = 4500,
	FINALFUNC = _dunning.figures_final,
	FINALFUNC_MODIFY = READ_ONLY,
	COMBINEFUNC = _dunning.figures_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE dunning.figures(dunning.balance_history, date, date, numeric, date[], integer, integer) IS
	'The same from the histories of items, of which nothing counts before the issue date, and what was sold on it';

CREATE AGGREGATE _dunning.figures_state(amount numeric, on_day date, due_on date, sale numeric, days date[], months integer,
	count_back_months integer) (
	SFUNC = _dunning.figures_accum,
	STYPE = _dunning.figures_state,
	SSPACE = 4500,
	COMBINEFUNC = _dunning.figures_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _dunning.figures_state(numeric, date, date, numeric, date[], integer, integer) IS
	'The state of the aggregate figures';

CREATE AGGREGATE _dunning.figures_state(history dunning.balance_history, issued_on date, due_on date, sale numeric, days date[],
	months integer, count_back_months integer) (
	SFUNC = _dunning.figures_accum,
	STYPE = _dunning.figures_state,
	SSPACE = 4500,
	COMBINEFUNC = _dunning.figures_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _dunning.figures_state(dunning.balance_history, date, date, numeric, date[], integer, integer) IS
	'The state of the aggregate figures';

CREATE AGGREGATE _dunning.sum(_dunning.figures_state) (
	SFUNC = _dunning.figures_combine,
	STYPE = _dunning.figures_state,
	COMBINEFUNC = _dunning.figures_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE _dunning.sum(_dunning.figures_state) IS 'States of the aggregate figures in one';

-- The formulas.  They round nothing: who shows a figure rounds it.

CREATE FUNCTION dunning.dso(receivables numeric, sales numeric, days integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN sales > 0 THEN receivables * days / sales END;
COMMENT ON FUNCTION dunning.dso IS 'Days sales outstanding: receivables * days / sales of these days, both with tax or both without. NULL unless something was sold';

CREATE FUNCTION dunning.best_possible_dso(not_overdue numeric, sales numeric, days integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN sales > 0 THEN not_overdue * days / sales END;
COMMENT ON FUNCTION dunning.best_possible_dso IS 'The DSO if nothing were overdue: what is not overdue * days / sales of these days. NULL unless something was sold';

CREATE FUNCTION dunning.average_days_delinquent(receivables numeric, not_overdue numeric, sales numeric, days integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN sales > 0 THEN (receivables - not_overdue) * days / sales END;
COMMENT ON FUNCTION dunning.average_days_delinquent IS 'The DSO less the best possible one. NULL unless something was sold';

CREATE FUNCTION dunning.collection_effectiveness(beginning numeric, sales numeric, ending numeric, ending_not_overdue numeric)
	RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN CASE WHEN beginning + sales > ending_not_overdue
		THEN 100 * (beginning + sales - ending) / (beginning + sales - ending_not_overdue) END;
COMMENT ON FUNCTION dunning.collection_effectiveness IS
	'Collection effectiveness index in percent: what was collected of what could be, from the receivables at the beginning and the end of a period, what is not overdue of these, and the sales. NULL if nothing could be collected';

CREATE FUNCTION dunning.count_back_dso(receivables numeric, sales numeric[], days integer[]) RETURNS numeric
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	left_over numeric := receivables;
	whole numeric := 0;
BEGIN
	IF coalesce(array_ndims(sales), 1) <> 1 OR coalesce(array_ndims(days), 1) <> 1 OR cardinality(sales) <> cardinality(days)
		OR array_position(sales, NULL) IS NOT NULL OR array_position(days, NULL) IS NOT NULL
			OR EXISTS (SELECT FROM unnest(days) AS d WHERE d <= 0)
	THEN
		RAISE EXCEPTION 'sales and days must be two lists of one length' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'They have an amount and a number of days, above zero, for each month, the newest first.';
	END IF;
	FOR i IN 1 .. cardinality(sales) LOOP
		IF left_over <= 0 THEN
			EXIT;
		ELSIF left_over < sales[i] THEN
			RETURN whole + left_over * days[i] / sales[i];
		END IF;
		whole := whole + days[i];
		left_over := left_over - sales[i];
	END LOOP;
	RETURN CASE WHEN left_over <= 0 THEN whole END;
END
$$;
COMMENT ON FUNCTION dunning.count_back_dso IS
	'Days back until the sales add up to the receivables: whole months, the newest first, and the part of the last one. NULL if all of them do not; 0 if nothing is open. Error 22023 for lists of two lengths';

-- Doubtful debts

CREATE FUNCTION dunning.provision(amounts numeric[], percents numeric[], decimals integer DEFAULT 2) RETURNS numeric
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF amounts IS NULL OR percents IS NULL THEN
		RETURN NULL;
	END IF;
	IF coalesce(array_ndims(amounts), 1) <> 1 OR coalesce(array_ndims(percents), 1) <> 1
		OR cardinality(amounts) <> cardinality(percents) THEN
		RAISE EXCEPTION 'amounts and percents must be two lists of one length' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'They have an amount and a rate in percent for each bucket.';
	END IF;
	RETURN (SELECT round(coalesce(sum(v.amount * v.percent / 100), 0), coalesce(provision.decimals, 2))
		FROM unnest(amounts, percents) AS v (amount, percent));
END
$$;
COMMENT ON FUNCTION dunning.provision IS
	'The provision for doubtful debts: the sum of each amount times its rate in percent, rounded once. Error 22023 for lists of two lengths';

CREATE FUNCTION dunning.loss_percents(cohort numeric, open_after numeric[], lost numeric) RETURNS numeric[]
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(array_ndims(open_after), 1) <> 1 OR array_position(open_after, NULL) IS NOT NULL OR 0 >= ANY (open_after || cohort) THEN
		RAISE EXCEPTION 'a cohort has amounts above zero' USING ERRCODE = 'invalid_parameter_value',
			DETAIL = 'They are what was sold, and what of it was open after each bucket; what was lost may be zero.';
	END IF;
	-- 40 digits, so that a provision is right to the cent
	RETURN (SELECT array_agg(round(lost * 100 * 1.0000000000000000000000000000000000000000 / o.amount, 40) ORDER BY o.place)
		FROM unnest(cohort || open_after) WITH ORDINALITY AS o (amount, place));
END
$$;
COMMENT ON FUNCTION dunning.loss_percents IS
	'The loss rates of a cohort in percent, one for each bucket: what was lost of it, in percent of what was open at the beginning of the bucket. They are not rounded to what people show. Error 22023 for an amount that is not above zero';
