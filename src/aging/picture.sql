-- Pictures of aged balances: a bar in text, and a chart that a page can embed.

-- One character a share of the balance: from '.' for the first bucket to '@'
-- for the last, 'c' where a bucket is a credit, '?' without a due date.  Every
-- bucket that is not zero has a character while there is room for all.
CREATE FUNCTION dunning.bar(balance dunning.aged_balance, width integer DEFAULT 40) RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ramp CONSTANT text := '.:-=+*#%@';
	max_width CONSTANT integer := 1000;
	last integer := (SELECT max(b.bucket) FROM dunning.buckets(balance) AS b);
BEGIN
	IF width NOT BETWEEN 1 AND max_width THEN
		RAISE EXCEPTION 'width of a bar must be between 1 and %', max_width
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is %s.', width);
	END IF;
	RETURN (
		WITH share AS (
			SELECT b.n, abs(b.amount) AS size,
				CASE WHEN b.amount < 0 THEN 'c' WHEN b.bucket IS NULL THEN '?'
					ELSE substr(ramp, 1 + CASE last WHEN 0 THEN 0 ELSE round(8.0 * b.bucket / last)::integer END, 1) END AS mark,
				count(*) OVER () AS marks
			FROM dunning.buckets(balance) WITH ORDINALITY AS b (bucket, label, amount, n)
			WHERE b.amount <> 0 AND abs(b.amount) < 'Infinity'),
		reach AS (
			SELECT s.*, CASE WHEN s.marks <= width THEN 1 ELSE 0 END AS least,
				sum(s.size) OVER (ORDER BY s.n) / sum(s.size) OVER () AS upto
			FROM share AS s),
		placed AS (
			SELECT r.*, round((width - r.least * r.marks) * r.upto)::integer AS stop FROM reach AS r)
		SELECT coalesce(string_agg(repeat(p.mark, p.least + p.stop - p.start), '' ORDER BY p.n), '')
		FROM (SELECT q.*, coalesce(lag(q.stop) OVER (ORDER BY q.n), 0) AS start FROM placed AS q) AS p);
END $$;
COMMENT ON FUNCTION dunning.bar(dunning.aged_balance, integer) IS
	'An aged balance as a bar of characters, from . for the first bucket to @ for the last, ? without a due date, c for credits';

-- What XML holds of a text.
CREATE FUNCTION dunning.xml_text(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT replace(replace(replace(replace(regexp_replace(value, '[\x01-\x1f\x7f]', ' ', 'g'),
			'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
	END;
COMMENT ON FUNCTION dunning.xml_text(text) IS 'A text with what has a meaning in XML escaped, and control characters as spaces';

-- An amount for people.
CREATE FUNCTION dunning.grouped(amount numeric, decimals integer, separator text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE WHEN round(amount, decimals) < 0 THEN '-' ELSE '' END ||
			reverse(regexp_replace(reverse(trunc(abs(round(amount, decimals)))::text), '(\d{3})(?=\d)', '\1' || reverse(separator), 'g')) ||
			CASE WHEN decimals > 0 THEN '.' || split_part(abs(round(amount, decimals))::text, '.', 2) ELSE '' END;
	END;
COMMENT ON FUNCTION dunning.grouped(numeric, integer, text) IS
	'A rounded amount with a separator between thousands';

-- The colour of a bucket: darker the older it is, so that a grey print tells
-- the buckets apart, too.
CREATE FUNCTION dunning.bucket_colour(bucket integer, last integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE WHEN bucket = 0 THEN '#dfe9f2' ELSE
			format('#%s%s%s', lpad(to_hex(round(f.r + (t.r - f.r) * p.part)::integer), 2, '0'),
				lpad(to_hex(round(f.g + (t.g - f.g) * p.part)::integer), 2, '0'),
				lpad(to_hex(round(f.b + (t.b - f.b) * p.part)::integer), 2, '0')) END
		FROM (SELECT CASE WHEN last <= 1 THEN 3.0 ELSE greatest(least(4.0 * (bucket - 1) / (last - 1), 4.0), 0) END) AS a (at),
			LATERAL (SELECT least(floor(a.at), 3)::integer, a.at - least(floor(a.at), 3)) AS p (n, part),
			(VALUES (0, 241, 193, 112), (1, 231, 158, 82), (2, 207, 105, 58), (3, 164, 57, 47), (4, 101, 26, 33)) AS f (n, r, g, b),
			(VALUES (0, 241, 193, 112), (1, 231, 158, 82), (2, 207, 105, 58), (3, 164, 57, 47), (4, 101, 26, 33)) AS t (n, r, g, b)
		WHERE f.n = p.n AND t.n = p.n + 1;
	END;
COMMENT ON FUNCTION dunning.bucket_colour(integer, integer) IS
	'The colour of a bucket in a picture, of the buckets from 0 to a last one';

/*
 * A chart of aged balances as a document of its own: one stacked bar a label,
 * lying ('rows', for customers) or standing ('columns', for dates), with the
 * total beside each, and a legend with the amount and share of each bucket: in
 * all bars that lie, in the last one that stands.  Credits go the other way
 * from zero.  Arguments: a label and a balance for each bar, all of one scheme;
 * a title and a line below it; what stands between thousands.
 */
CREATE FUNCTION dunning.aged_balance_svg(labels text[], balances dunning.aged_balance[], title text DEFAULT '',
                                         subtitle text DEFAULT '', layout text DEFAULT 'rows',
                                         separator text DEFAULT ',') RETURNS text
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	max_bars CONSTANT integer := 200;
	max_label CONSTANT integer := 34;
	page CONSTANT numeric := 960;			-- everything in pixels
	edge CONSTANT numeric := 24;
	upright boolean := layout = 'columns';
	n integer := coalesce(array_length(labels, 1), 0);
	total dunning.aged_balance;
	shown dunning.aged_balance;				-- whose amounts the legend says
	last integer;
	decimals integer;
	low numeric;
	high numeric;
	step numeric;
	top numeric;
	plot_x numeric;
	plot_w numeric;
	plot_h numeric;
	pitch numeric;			-- from one bar to the next
	tilted boolean;
	height numeric;
	per_line integer;
	entries integer;
	font CONSTANT text := 'Helvetica, Arial, ''Liberation Sans'', ''DejaVu Sans'', sans-serif';
	svg text;
BEGIN
	IF layout NOT IN ('rows', 'columns') THEN
		RAISE EXCEPTION 'layout of a chart must be "rows" or "columns"'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is "%s".', layout);
	ELSIF n <> coalesce(array_length(balances, 1), 0) OR array_ndims(labels) > 1 OR array_ndims(balances) > 1 THEN
		RAISE EXCEPTION 'a chart needs as many labels as balances'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('There are %s labels and %s balances.', cardinality(labels), cardinality(balances));
	ELSIF n > max_bars THEN
		RAISE EXCEPTION 'a chart has at most % bars', max_bars
			USING ERRCODE = 'program_limit_exceeded', HINT = 'Add up the smaller ones with dunning.sum.';
	END IF;
	SELECT dunning.sum(b) INTO total FROM unnest(balances) AS b;
	IF total IS NULL THEN
		RETURN format('<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="80" viewBox="0 0 %s 80" font-family="%s"><text x="24" y="36" font-size="18">%s</text></svg>',
			page, page, font, dunning.xml_text(title));
	END IF;
	SELECT max(b.bucket) INTO last FROM dunning.buckets(total) AS b;
	-- balances of several dates have no sum, so the last one speaks
	shown := total;
	IF upright AND balances[array_upper(balances, 1)] IS NOT NULL THEN
		shown := balances[array_upper(balances, 1)];
		subtitle := concat_ws(' - ', nullif(subtitle, ''), 'amounts and shares of ' || labels[array_upper(labels, 1)]);
	END IF;

	-- every bar from its credits to its debts; the axis in steps of 1, 2 or 5
	SELECT least(min(s.low), 0), greatest(max(s.high), 0) INTO low, high
	FROM (SELECT sum(least(a.amount, 0)) AS low, sum(greatest(a.amount, 0)) AS high
	      FROM unnest(balances) WITH ORDINALITY AS i (balance, n), dunning.buckets(i.balance) AS a
	      WHERE abs(a.amount) < 'Infinity' GROUP BY i.n) AS s;
	IF high - low = 0 THEN
		high := 1;
	END IF;
	step := (high - low) / 6;
	step := trim_scale(power(10::numeric, floor(log(step))) * CASE
		WHEN step <= power(10::numeric, floor(log(step))) THEN 1
		WHEN step <= 2 * power(10::numeric, floor(log(step))) THEN 2
		WHEN step <= 5 * power(10::numeric, floor(log(step))) THEN 5 ELSE 10 END);
	decimals := greatest(scale(step), CASE WHEN high - low < 100 THEN 2 ELSE 0 END);
	low := CASE WHEN low < 0 THEN low - (high - low) / 50 ELSE 0 END;
	high := ceil(high / step) * step;

	-- from top to bottom: title, legend, plot
	entries := last + 1 + CASE WHEN dunning.undated(total) <> 0 THEN 1 ELSE 0 END;
	per_line := least(entries, 6);
	top := edge + CASE WHEN title = '' THEN 0 ELSE 26 END + CASE WHEN subtitle = '' THEN 0 ELSE 20 END + 8
		+ 44 * ceil(entries::numeric / per_line) + 18;
	IF upright THEN
		plot_x := edge + 20 + 7 * greatest(length(dunning.grouped(low, scale(step), separator)), length(dunning.grouped(high, scale(step), separator)));
		plot_w := page - edge - plot_x;
		plot_h := 300;
		pitch := plot_w / n;
		tilted := (SELECT max(length(l)) * 6.5 + 6 > pitch FROM unnest(labels) AS l);
		top := top + 10;
		height := top + plot_h + edge + CASE WHEN tilted THEN 24 + 4.6 * (SELECT max(least(length(l), max_label)) FROM unnest(labels) AS l) ELSE 24 END;
	ELSE
		plot_x := edge + 10 + 6.6 * (SELECT coalesce(max(least(length(l), max_label)), 0) FROM unnest(labels) AS l);
		plot_w := page - edge - 18 - plot_x - 7.2 * (SELECT max(length(dunning.grouped(dunning.total(b), decimals, separator))) FROM unnest(balances) AS b
			WHERE dunning.invalid(b) IS NULL);
		pitch := CASE WHEN n <= 30 THEN 28 ELSE 20 END;
		plot_h := pitch * n;
		height := top + plot_h + 26 + edge;
	END IF;
	IF dunning.invalid(total) IS NOT NULL THEN
		height := height + 18;
	END IF;

	svg := format('<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="%s" font-size="12" fill="#1f2933">',
			page, round(height), page, round(height), font)
		|| E'\n<title>' || dunning.xml_text(CASE title WHEN '' THEN 'Aged balance' ELSE title END) || '</title>'
		|| E'\n<defs><pattern id="undated" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/><rect width="2.4" height="6" fill="#52606d"/></pattern></defs>'
		|| format(E'\n<rect width="%s" height="%s" fill="#ffffff"/>', page, round(height));
	IF title <> '' THEN
		svg := svg || format(E'\n<text x="%s" y="%s" font-size="19" font-weight="bold">%s</text>', edge, edge + 16, dunning.xml_text(title));
	END IF;
	IF subtitle <> '' THEN
		svg := svg || format(E'\n<text x="%s" y="%s" font-size="13" fill="#52606d">%s</text>', edge,
			edge + CASE WHEN title = '' THEN 12 ELSE 38 END, dunning.xml_text(subtitle));
	END IF;

	-- the legend, with the amount and the share of each bucket
	svg := svg || (
		SELECT string_agg(format(E'\n<rect x="%s" y="%s" width="14" height="14" fill="%s" stroke="#52606d" stroke-width="0.6"/><text x="%s" y="%s">%s</text><text x="%s" y="%s" font-size="11" fill="#52606d">%s</text>',
			round(e.x, 1), round(e.y, 1), e.fill, round(e.x + 20, 1), round(e.y + 11.5, 1),
			dunning.xml_text(CASE WHEN length(e.label) > 21 THEN left(e.label, 19) || '...' ELSE e.label END), round(e.x + 20, 1), round(e.y + 27, 1),
			dunning.grouped(e.amount, decimals, separator)
				|| CASE WHEN e.whole > 0 AND e.amount >= 0 THEN format(' (%s%%)', round(100 * e.amount / e.whole, 1)) ELSE '' END), '' ORDER BY e.n)
		FROM (SELECT b.n, b.label, b.amount,
				edge + ((b.n - 1) % per_line) * ((page - 2 * edge) / per_line) AS x,
				edge + CASE WHEN title = '' THEN 0 ELSE 26 END + CASE WHEN subtitle = '' THEN 0 ELSE 20 END + 8 + 44 * ((b.n - 1) / per_line) AS y,
				CASE WHEN b.bucket IS NULL THEN 'url(#undated)' ELSE dunning.bucket_colour(b.bucket, last) END AS fill,
				sum(b.amount) OVER () AS whole
		      FROM dunning.buckets(shown) WITH ORDINALITY AS b (bucket, label, amount, n)
		      WHERE b.n <= entries AND abs(b.amount) < 'Infinity') AS e);

	-- the axis
	svg := svg || (
		SELECT string_agg(CASE WHEN upright
			THEN format(E'\n<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s"/><text x="%s" y="%s" text-anchor="end" font-size="11" fill="#52606d">%s</text>',
				round(plot_x, 1), round(top + plot_h * (high - t) / (high - low), 1), round(plot_x + plot_w, 1), round(top + plot_h * (high - t) / (high - low), 1), CASE t WHEN 0 THEN '#52606d' ELSE '#dde3e9' END,
				round(plot_x - 8, 1), round(top + plot_h * (high - t) / (high - low) + 4, 1), dunning.grouped(t, scale(step), separator))
			ELSE format(E'\n<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s"/><text x="%s" y="%s" text-anchor="middle" font-size="11" fill="#52606d">%s</text>',
				round(plot_x + plot_w * (t - low) / (high - low), 1), round(top - 4, 1), round(plot_x + plot_w * (t - low) / (high - low), 1),
				round(top + plot_h + 4, 1), CASE t WHEN 0 THEN '#52606d' ELSE '#dde3e9' END,
				round(plot_x + plot_w * (t - low) / (high - low), 1), round(top + plot_h + 20, 1), dunning.grouped(t, scale(step), separator)) END, '' ORDER BY t)
		FROM generate_series(ceil(low / step) * step, high, step) AS t);

	-- the bars
	svg := svg || (
		SELECT string_agg(CASE WHEN upright
			THEN format(E'\n<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="#ffffff" stroke-width="0.8"/>',
				round(plot_x + pitch * (s.n - 0.82), 1), round(top + plot_h * (high - s.stop) / (high - low), 2),
				round(pitch * 0.64, 1), round(plot_h * (s.stop - s.start) / (high - low), 2), s.fill)
			ELSE format(E'\n<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="#ffffff" stroke-width="0.8"/>',
				round(plot_x + plot_w * (s.start - low) / (high - low), 2), round(top + pitch * (s.n - 0.85), 1),
				round(plot_w * (s.stop - s.start) / (high - low), 2), round(pitch * 0.7, 1), s.fill) END, '' ORDER BY s.n, s.slot)
		FROM (SELECT a.n, a.slot, a.fill, CASE WHEN a.amount < 0 THEN a.below ELSE a.above - a.amount END AS start,
				CASE WHEN a.amount < 0 THEN a.below - a.amount ELSE a.above END AS stop
		      FROM (SELECT i.n, b.n AS slot, b.amount,
					CASE WHEN b.bucket IS NULL THEN 'url(#undated)' ELSE dunning.bucket_colour(b.bucket, last) END AS fill,
					sum(greatest(b.amount, 0)) OVER w AS above, sum(least(b.amount, 0)) OVER w AS below
			  FROM unnest(balances) WITH ORDINALITY AS i (balance, n),
				dunning.buckets(i.balance) WITH ORDINALITY AS b (bucket, label, amount, n)
			  WHERE b.amount <> 0 AND abs(b.amount) < 'Infinity'
			  WINDOW w AS (PARTITION BY i.n ORDER BY b.n)) AS a) AS s);

	-- labels and totals
	svg := svg || (
		SELECT string_agg(CASE WHEN upright
			THEN format(CASE WHEN tilted THEN E'\n<text transform="translate(%s %s) rotate(-40)" text-anchor="end">%s</text>'
					ELSE E'\n<text x="%s" y="%s" text-anchor="middle">%s</text>' END,
				round(plot_x + pitch * (l.n - 0.5), 1), round(top + plot_h + 17, 1), l.label)
				|| CASE WHEN length(l.total) * 6.3 > pitch + 4 THEN '' ELSE format(E'\n<text x="%s" y="%s" text-anchor="middle" font-size="11" font-weight="bold">%s</text>',
				round(plot_x + pitch * (l.n - 0.5), 1), round(top + plot_h * (high - l.above) / (high - low) - 5, 1), l.total) END
			ELSE format(E'\n<text x="%s" y="%s" text-anchor="end">%s</text><text x="%s" y="%s" font-weight="bold">%s</text>',
				round(plot_x - 8, 1), round(top + pitch * (l.n - 0.5) + 4, 1), l.label,
				round(plot_x + plot_w * (l.above - low) / (high - low) + 7, 1), round(top + pitch * (l.n - 0.5) + 4, 1), l.total) END, '' ORDER BY l.n)
		FROM (SELECT i.n, dunning.xml_text(CASE WHEN length(t.label) > max_label THEN left(t.label, max_label - 2) || '...' ELSE t.label END) AS label,
				CASE WHEN dunning.invalid(i.balance) IS NULL THEN dunning.grouped(dunning.total(i.balance), decimals, separator) ELSE '?' END AS total,
				coalesce((SELECT sum(b.amount) FROM dunning.buckets(i.balance) AS b WHERE b.amount > 0 AND b.amount < 'Infinity'), 0) AS above
		      FROM unnest(balances) WITH ORDINALITY AS i (balance, n) JOIN unnest(labels) WITH ORDINALITY AS t (label, n) USING (n)
		      WHERE i.balance IS NOT NULL) AS l);
	IF dunning.invalid(total) IS NOT NULL THEN
		svg := svg || format(E'\n<text x="%s" y="%s" fill="#a4392f">A total shown as ? holds amounts that are no number or infinite; they are not drawn.</text>',
			edge, round(height - edge + 6));
	END IF;
	RETURN svg || E'\n</svg>\n';
END $$;
COMMENT ON FUNCTION dunning.aged_balance_svg(text[], dunning.aged_balance[], text, text, text, text) IS
	'A chart of aged balances as an SVG document: a stacked bar a label, lying (rows) or standing (columns), with axis, totals and legend';
