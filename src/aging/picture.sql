-- Pictures of aged balances: a bar in text, and a chart that a page can embed.

-- Each character is a share of the balance: '.' for the first bucket to '@' for the last,
-- 'c' for a credit, '?' without a due date.  Every bucket that is not zero has a
-- character if there is room.
CREATE FUNCTION dunning.bar(balance dunning.aged_balance, width integer DEFAULT 40) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	ramp CONSTANT text := '.:-=+*#%@';
	max_width CONSTANT integer := 1000;
	last integer := (SELECT max(b.bucket) FROM dunning.buckets(balance) AS b);
BEGIN
	IF balance IS NULL THEN
		RETURN NULL;
	END IF;
	width := coalesce(width, 40);
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
COMMENT ON FUNCTION dunning.bar IS 'An aged balance as a bar of characters: . for the first bucket to @ for the last, ? without a due date, c for a credit';

-- COLLATE "C", because collations that are not deterministic refuse regular expressions.
CREATE FUNCTION _dunning.xml_text(value text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT replace(replace(replace(replace(regexp_replace(value COLLATE "C", '[\x01-\x1f\x7f\uFFFE\uFFFF]', ' ', 'g'),
			'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
	END;
COMMENT ON FUNCTION _dunning.xml_text IS 'A text for XML: special characters escaped, characters that XML does not allow as spaces';

-- The widths of the widest font of a chart, in which a digit has 64 % of the size.  No
-- character is narrower than 38 %.
CREATE FUNCTION _dunning.text_width(value text, size numeric) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT size * (0.64 * length(value)
			- 0.26 * (length(value) - length(translate(value, 'fijlrtIJ .,:;!''"()/|-', '')))
			+ 0.13 * (length(value) - length(translate(value, 'ABCDEFGHKLNOPQRSTUVXYZ', '')))
			+ 0.36 * (length(value) - length(translate(value, 'mwMW@%&+<>=', '')))
			-- Greek and Cyrillic, and characters that are as wide as they are high
			+ CASE WHEN length(value) = octet_length(value) THEN 0
				ELSE 0.13 * length(regexp_replace(value COLLATE "C", '[^\u0370-\u04FF]', '', 'g'))
					+ 0.36 * length(regexp_replace(value COLLATE "C", '[^\u2E80-\U0010FFFF]', '', 'g')) END);
	END;
COMMENT ON FUNCTION _dunning.text_width IS 'The approximate width of a text in pixels in a font of a size in pixels, rather too large than too small';

CREATE FUNCTION _dunning.cut_text(value text, size numeric, width numeric) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE WHEN _dunning.text_width(value, size) <= width THEN value
			ELSE rtrim(left(value, (SELECT coalesce(max(n), 0)
				FROM generate_series(1, least(length(value) - 1, (width / (0.38 * size))::integer)) AS n
				WHERE _dunning.text_width(left(value, n) || '...', size) <= width))) || '...' END;
	END;
COMMENT ON FUNCTION _dunning.cut_text IS 'A text in a font of a size, cut if it is wider than a width';

-- The width of a line is the sum of the widths of its words and spaces.
CREATE FUNCTION _dunning.wrap_text(value text, size numeric, width numeric) RETURNS text[]
	LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	space numeric := _dunning.text_width(' ', size);
	lines text[] := '{}';
	line text[] := '{}';
	line_width numeric := 0;
	word text;
	word_width numeric;
BEGIN
	FOREACH word IN ARRAY regexp_split_to_array(value COLLATE "C", '\s+') LOOP
		CONTINUE WHEN word = '';
		word_width := _dunning.text_width(word, size);
		IF line = '{}' THEN
			line_width := word_width;
		ELSIF line_width + space + word_width > width THEN
			lines := lines || _dunning.cut_text(array_to_string(line, ' '), size, width);
			line := '{}';
			line_width := word_width;
		ELSE
			line_width := line_width + space + word_width;
		END IF;
		line := line || word;
	END LOOP;
	RETURN CASE line WHEN '{}' THEN lines ELSE lines || _dunning.cut_text(array_to_string(line, ' '), size, width) END;
END $$;
COMMENT ON FUNCTION _dunning.wrap_text IS 'A text in a font of a size as lines of at most a width; a wider word is cut';

-- style: the other attributes
CREATE FUNCTION _dunning.svg_text(x numeric, y numeric, value text, style text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT format(E'\n<text x="%s" y="%s"%s>%s</text>', round(x, 1), round(y, 1), style, _dunning.xml_text(value));
	END;
COMMENT ON FUNCTION _dunning.svg_text IS 'A line of text in a picture';

CREATE FUNCTION _dunning.svg_line(x1 numeric, y1 numeric, x2 numeric, y2 numeric, colour text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT format(E'\n<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s"/>', round(x1, 1), round(y1, 1), round(x2, 1), round(y2, 1), colour);
	END;
COMMENT ON FUNCTION _dunning.svg_line IS 'A line in a picture';

CREATE FUNCTION _dunning.svg_box(x numeric, y numeric, width numeric, height numeric, fill text) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT format(E'\n<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>', round(x, 2), round(y, 2), round(width, 2), round(height, 2), fill);
	END;
COMMENT ON FUNCTION _dunning.svg_box IS 'A rectangle in a picture';

-- The distance of the lines of an axis
CREATE FUNCTION _dunning.axis_step(span numeric, parts integer) RETURNS numeric
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT trim_scale(p.power * CASE WHEN a.least <= p.power THEN 1 WHEN a.least <= 2 * p.power THEN 2 WHEN a.least <= 5 * p.power
			THEN 5 ELSE 10 END)
		FROM (SELECT span / parts WHERE span > 0 AND span < 'Infinity' AND parts > 0) AS a (least),
			LATERAL (SELECT ('1e' || floor(log(a.least)))::numeric) AS p (power);
	END;
COMMENT ON FUNCTION _dunning.axis_step IS 'The smallest step of 1, 2 or 5 times a power of ten that divides a span into at most so many parts; NULL without parts, or if the span is not finite and above zero';

-- Older buckets are darker, so that a grey print shows the difference, too.
CREATE FUNCTION _dunning.bucket_colour(bucket integer, last integer) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	BEGIN ATOMIC
		SELECT CASE WHEN bucket = 0 THEN '#dfe9f2' ELSE
			'#' || encode(set_byte(set_byte(set_byte('\x000000', 0, round(c.r + (c.to_r - c.r) * p.part)::integer),
				1, round(c.g + (c.to_g - c.g) * p.part)::integer), 2, round(c.b + (c.to_b - c.b) * p.part)::integer), 'hex') END
		FROM (SELECT CASE WHEN last <= 1 THEN 3.0 ELSE greatest(least(4.0 * (bucket - 1) / (last - 1), 4.0), 0) END) AS a (at),
			LATERAL (SELECT least(floor(a.at), 3)::integer, a.at - least(floor(a.at), 3)) AS p (n, part),
			(VALUES (0, 241, 193, 112, 231, 158, 82), (1, 231, 158, 82, 207, 105, 58), (2, 207, 105, 58, 164, 57, 47),
			(3, 164, 57, 47, 101, 26, 33))
				AS c (n, r, g, b, to_r, to_g, to_b)
		WHERE c.n = p.n;
	END;
COMMENT ON FUNCTION _dunning.bucket_colour IS 'The colour of a bucket in a picture with the buckets from 0 to a last one';

-- A chart as a document of its own.  The legend has the amount and share of each bucket
-- and the total: of all horizontal bars, of the last vertical bar.  docs/aging.md
-- explains the arguments.
CREATE FUNCTION dunning.aged_balance_svg(labels text[], balances dunning.aged_balance[], title text DEFAULT '',
										 subtitle text DEFAULT '', layout text DEFAULT 'rows', separator text DEFAULT ',',
										 decimal_sign text DEFAULT '.', words jsonb DEFAULT '{}') RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	max_bars CONSTANT integer := 200;
	page CONSTANT numeric := 960;			-- everything in pixels
	edge CONSTANT numeric := 24;
	max_label CONSTANT numeric := 330;
	max_bar CONSTANT numeric := 60;
	line_height CONSTANT numeric := 14;		-- the least room for a line of text
	bold CONSTANT numeric := 1.1;			-- how much wider bold text is
	font CONSTANT text := 'Helvetica, Arial, ''Liberation Sans'', ''DejaVu Sans'', sans-serif';
	grey CONSTANT text := ' font-size="11" fill="#52606d"';
	bars integer := coalesce(cardinality(balances), 0);
	upright boolean;
	heading text[];
	below text[];
	shown dunning.aged_balance;				-- the balance of the legend
	shown_as text;
	last integer;							-- number of the last bucket
	undated boolean;
	invalid boolean;
	tops numeric[];							-- the part of each bar above zero
	totals text[];
	low numeric;
	high numeric;
	blank boolean;							-- nothing to draw
	step numeric;
	decimals integer;
	tick numeric;							-- width of a number at the axis
	names text[];							-- the legend: names, amounts, colours
	amounts text[];
	fills text[];
	cell numeric;
	per_line integer;
	top numeric;
	plot_x numeric;
	plot_w numeric;
	plot_h numeric;
	pitch numeric;							-- from one bar to the next
	bar numeric;
	total_w numeric;
	tilted boolean := false;
	every integer := 1;						-- one label for so many bars
	label_h numeric;
	height numeric;
	svg text;
BEGIN
	layout := coalesce(layout, 'rows');
	separator := coalesce(separator, ',');
	decimal_sign := coalesce(decimal_sign, '.');
	IF layout NOT IN ('rows', 'columns') THEN
		RAISE EXCEPTION 'layout of a chart must be "rows" or "columns"'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('It is "%s".', coalesce(layout, 'NULL'));
	ELSIF coalesce(cardinality(labels), 0) <> bars OR array_ndims(labels) > 1 OR array_ndims(balances) > 1 THEN
		RAISE EXCEPTION 'a chart needs as many labels as balances'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('There are %s labels and %s balances.', coalesce(cardinality(labels), 0), bars);
	ELSIF bars > max_bars THEN
		RAISE EXCEPTION 'a chart has at most % bars', max_bars
			USING ERRCODE = 'program_limit_exceeded', HINT = 'Add up the smaller ones with dunning.sum.';
	ELSIF decimal_sign IN ('', separator) THEN
		RAISE EXCEPTION 'decimal sign of a chart must differ from the separator of thousands'
			USING ERRCODE = 'invalid_parameter_value', DETAIL = format('They are "%s" and "%s".', coalesce(decimal_sign, ''), coalesce(separator, '')),
				HINT = 'For 1.234,50 pass the separator "." and the decimal_sign ",".';
	END IF;
	upright := layout = 'columns';
	separator := coalesce(separator, '');
	labels := ARRAY(SELECT coalesce(l.label COLLATE "C", '?') FROM unnest(labels) WITH ORDINALITY AS l (label, n) ORDER BY l.n);
	balances := ARRAY(SELECT b.balance FROM unnest(balances) WITH ORDINALITY AS b (balance, n) ORDER BY b.n);
	heading := _dunning.wrap_text(coalesce(title, ''), 19 * bold, page - 2 * edge);
	below := _dunning.wrap_text(coalesce(subtitle, ''), 13, page - 2 * edge);

	SELECT dunning.sum(b), coalesce(bool_or(dunning.undated(b) <> 0), false), coalesce(bool_or(dunning.invalid(b) IS NOT NULL), false)
		INTO shown, undated, invalid FROM unnest(balances) AS b;
	SELECT max(b.bucket) INTO last FROM dunning.buckets(shown) AS b;
	shown_as := coalesce(words ->> 'total', 'total');
	-- balances of several dates have no sum, so the legend shows the last one
	IF upright AND shown IS NOT NULL THEN
		SELECT b.balance, labels[b.n] INTO shown, shown_as
		FROM unnest(balances) WITH ORDINALITY AS b (balance, n) WHERE b.balance IS NOT NULL ORDER BY b.n DESC LIMIT 1;
	END IF;

	-- every bar from its credits to its debts
	SELECT coalesce(array_agg(s.high ORDER BY s.n), '{}'), coalesce(min(s.low), 0), coalesce(max(s.high), 0) INTO tops, low, high
	FROM (SELECT i.n, coalesce(sum(least(a.amount, 0)), 0) AS low, coalesce(sum(greatest(a.amount, 0)), 0) AS high
	      FROM unnest(balances) WITH ORDINALITY AS i (balance, n)
			LEFT JOIN LATERAL dunning.buckets(i.balance) AS a ON abs(a.amount) < 'Infinity' GROUP BY i.n) AS s;
	blank := high = low;
	IF blank THEN
		high := 100;
	END IF;
	decimals := greatest(scale(_dunning.axis_step(high - low, 6)), CASE WHEN high - low < 100 THEN 2 ELSE 0 END);
	totals := ARRAY(SELECT CASE WHEN b.balance IS NULL THEN '' WHEN dunning.invalid(b.balance) IS NOT NULL THEN '?'
			ELSE _dunning.grouped(dunning.total(b.balance), decimals, separator, decimal_sign) END
		FROM unnest(balances) WITH ORDINALITY AS b (balance, n) ORDER BY b.n);

	-- the legend: the buckets, the undated and invalid amounts, the total
	SELECT array_agg(_dunning.cut_text(e.name, 12, max_label) ORDER BY e.n), array_agg(e.amount ORDER BY e.n),
		array_agg(e.fill ORDER BY e.n)
		INTO names, amounts, fills
	FROM (SELECT b.n, coalesce(words ->> b.label, b.label) AS name,
			_dunning.grouped(b.amount, decimals, separator, decimal_sign) || CASE WHEN sum(b.amount) OVER () > 0 AND b.amount >= 0
				AND max(b.amount) OVER () <= sum(b.amount) OVER ()
				THEN format(' (%s%%)', _dunning.grouped(100 * b.amount / sum(b.amount) OVER (), 1, separator, decimal_sign)) ELSE '' END AS amount,
			CASE WHEN b.bucket IS NULL THEN 'url(#undated)' ELSE _dunning.bucket_colour(b.bucket, last) END AS fill
	      FROM dunning.buckets(shown) WITH ORDINALITY AS b (bucket, label, amount, n)
	      WHERE b.n <= last + CASE WHEN undated THEN 2 ELSE 1 END
	      UNION ALL SELECT 100, coalesce(words ->> 'no valid amount', 'no valid amount'), '', '?' WHERE invalid
	      UNION ALL SELECT 101, shown_as, CASE WHEN dunning.invalid(shown) IS NOT NULL THEN '?'
			ELSE _dunning.grouped(coalesce(dunning.total(shown), 0), decimals, separator, decimal_sign) END, '') AS e;
	SELECT max(34 + greatest(_dunning.text_width(e.name, 12), _dunning.text_width(e.amount, 11)) * CASE e.fill WHEN '' THEN bold
		ELSE 1 END) INTO cell
	FROM unnest(names, amounts, fills) AS e (name, amount, fill);
	per_line := greatest(floor((page - 2 * edge + 14) / cell), 1);
	per_line := ceil(cardinality(names) / ceil(cardinality(names)::numeric / per_line));
	cell := least((page - 2 * edge + 14) / per_line, greatest(cell, 150));

	-- from top to bottom: title, legend, plot
	top := edge + 26 * cardinality(heading) + 20 * cardinality(below) + 8;
	svg := concat(
		(SELECT string_agg(_dunning.svg_text(edge, edge - 10 + 26 * h.n, h.line, ' font-size="19" font-weight="bold"'), '' ORDER BY h.n)
			FROM unnest(heading) WITH ORDINALITY AS h (line, n)),
		(SELECT string_agg(_dunning.svg_text(edge, edge + 26 * cardinality(heading) - 8 + 20 * b.n, b.line, ' font-size="13" fill="#52606d"'), '' ORDER BY b.n)
			FROM unnest(below) WITH ORDINALITY AS b (line, n)),
		(SELECT string_agg(CASE p.fill WHEN '' THEN _dunning.svg_text(p.x + 20, p.y + 11.5, p.name, ' font-weight="bold"')
					|| _dunning.svg_text(p.x + 20, p.y + 27, p.amount, ' font-size="11" font-weight="bold"')
				WHEN '?' THEN _dunning.svg_text(p.x + 4, p.y + 11.5, '?', ' font-weight="bold"') || _dunning.svg_text(p.x + 20, p.y + 11.5, p.name, '')
				ELSE format(E'\n<rect x="%s" y="%s" width="14" height="14" fill="%s" stroke="#52606d" stroke-width="0.6"/>', round(p.x, 1), round(p.y, 1), p.fill)
					|| _dunning.svg_text(p.x + 20, p.y + 11.5, p.name, '') || _dunning.svg_text(p.x + 20, p.y + 27, p.amount, grey) END, ''
						ORDER BY p.n)
			FROM (SELECT e.*, edge + (e.n - 1) % per_line * cell AS x, top + 44 * ((e.n - 1) / per_line) AS y
			      FROM unnest(names, amounts, fills) WITH ORDINALITY AS e (name, amount, fill, n)) AS p));
	top := top + 44 * ceil(cardinality(names)::numeric / per_line) + 18;

	-- the place of the plot, and as many lines at its axis as there is room for
	total_w := coalesce((SELECT max(_dunning.text_width(t, 12 * bold)) FROM unnest(totals) AS t), 0);
	IF upright THEN
		plot_h := 300;
	ELSE
		plot_x := edge + 8 + least(coalesce((SELECT max(_dunning.text_width(l, 12)) FROM unnest(labels) AS l), 0), max_label);
		plot_w := greatest(page - edge - 7 - total_w - plot_x, 200);
		pitch := CASE WHEN bars <= 30 THEN 28 ELSE 20 END;
		plot_h := pitch * greatest(bars, 1);
		bar := pitch * 0.7;
	END IF;
	FOR parts IN REVERSE 6 .. 1 LOOP
		step := _dunning.axis_step(high - low, parts);
		tick := greatest(_dunning.text_width(_dunning.grouped(high + step, scale(step), separator, decimal_sign), 11),
			_dunning.text_width(_dunning.grouped(low, scale(step), separator, decimal_sign), 11));
		EXIT WHEN upright OR (tick + 14) * (high + step - low) <= plot_w * step;
	END LOOP;
	low := CASE WHEN low < 0 THEN low - (high - low) / 50 ELSE 0 END;
	high := ceil(high / step) * step;
	IF upright THEN
		plot_x := edge + 8 + tick;
		plot_w := greatest(page - edge - plot_x, 200);
		pitch := plot_w / greatest(bars, 1);
		bar := least(pitch * CASE WHEN pitch < line_height THEN 0.86 ELSE 0.7 END, max_bar);
		tilted := (SELECT max(_dunning.text_width(l, 12)) + 6 > pitch FROM unnest(labels) AS l);
		label_h := 24;
		IF tilted THEN
			every := greatest(round(2 * line_height / pitch), 1);
			-- a label begins on the page, and has at most 200 pixels
			labels := ARRAY(SELECT CASE WHEN (bars - l.n) % every = 0
				THEN _dunning.cut_text(l.label, 12, least((plot_x + pitch * (l.n - 0.5)) / 0.77 - 4, 200)) ELSE '' END
				FROM unnest(labels) WITH ORDINALITY AS l (label, n) ORDER BY l.n);
			label_h := (SELECT 24 + 0.65 * max(_dunning.text_width(l, 12)) FROM unnest(labels) AS l);
		END IF;
		-- totals above the bars: horizontal, or else vertical, or none
		total_w := total_w * 11 / 12;
		top := top + CASE WHEN total_w + 4 <= pitch OR pitch < line_height THEN 10
			ELSE greatest(10, total_w + 8 - plot_h * (high - (SELECT max(t) FROM unnest(tops) AS t)) / (high - low)) END;
		height := top + plot_h + label_h + edge;
	ELSE
		height := top + plot_h + 26 + edge;
	END IF;

	-- the axis
	svg := svg || (
		SELECT coalesce(string_agg(CASE WHEN upright
			THEN _dunning.svg_line(plot_x, a.y, plot_x + plot_w, a.y, '#dde3e9') || _dunning.svg_text(plot_x - 8, a.y + 4, a.amount, grey || ' text-anchor="end"')
			ELSE _dunning.svg_line(a.x, top - 4, a.x, top + plot_h + 4, '#dde3e9')
				|| _dunning.svg_text(a.x, top + plot_h + 20, a.amount, grey || ' text-anchor="middle"') END, '' ORDER BY a.x), '')
		FROM (SELECT plot_x + plot_w * (t - low) / (high - low) AS x, top + plot_h * (high - t) / (high - low) AS y,
				_dunning.grouped(t, scale(step), separator, decimal_sign) AS amount
		      FROM generate_series(ceil(low / step) * step, CASE WHEN blank THEN 0 ELSE high END, step) AS t) AS a);

	-- the bars, and zero over their ends
	svg := svg || (
		SELECT coalesce(string_agg(CASE WHEN upright
			THEN _dunning.svg_box(plot_x + pitch * (s.n - 0.5) - bar / 2, top + plot_h * (high - s.stop) / (high - low), bar,
				plot_h * (s.stop - s.start) / (high - low), s.fill)
			ELSE _dunning.svg_box(plot_x + plot_w * (s.start - low) / (high - low), top + pitch * (s.n - 0.5) - bar / 2,
				plot_w * (s.stop - s.start) / (high - low), bar, s.fill) END, '' ORDER BY s.n, s.slot), '')
		FROM (SELECT a.n, a.slot, a.fill, CASE WHEN a.amount < 0 THEN a.below ELSE a.above - a.amount END AS start,
				CASE WHEN a.amount < 0 THEN a.below - a.amount ELSE a.above END AS stop
		      FROM (SELECT i.n, b.n AS slot, b.amount,
					CASE WHEN b.bucket IS NULL THEN 'url(#undated)' ELSE _dunning.bucket_colour(b.bucket, last) END AS fill,
					sum(greatest(b.amount, 0)) OVER w AS above, sum(least(b.amount, 0)) OVER w AS below
			  FROM unnest(balances) WITH ORDINALITY AS i (balance, n),
				dunning.buckets(i.balance) WITH ORDINALITY AS b (bucket, label, amount, n)
			  WHERE b.amount <> 0 AND abs(b.amount) < 'Infinity'
			  WINDOW w AS (PARTITION BY i.n ORDER BY b.n)) AS a) AS s)
		|| CASE WHEN upright THEN _dunning.svg_line(plot_x, top + plot_h * high / (high - low), plot_x + plot_w,
			top + plot_h * high / (high - low), '#52606d')
			ELSE _dunning.svg_line(plot_x - plot_w * low / (high - low), top - 4, plot_x - plot_w * low / (high - low), top + plot_h + 4,
				'#52606d') END;

	-- labels and totals
	svg := svg || (
		SELECT coalesce(string_agg(CASE WHEN upright
			THEN CASE WHEN l.label = '' THEN ''
				WHEN tilted THEN _dunning.svg_text(l.x, top + plot_h + 17, l.label, format(' text-anchor="end" transform="rotate(-40 %s %s)"', round(l.x, 1), round(top + plot_h + 17, 1)))
				ELSE _dunning.svg_text(l.x, top + plot_h + 17, l.label, ' text-anchor="middle"') END
				|| CASE WHEN total_w + 4 <= pitch THEN _dunning.svg_text(l.x, l.y - 5, l.total, ' text-anchor="middle" font-size="11" font-weight="bold"')
				WHEN pitch < line_height THEN ''
				ELSE _dunning.svg_text(l.x + 4, l.y - 5, l.total, format(' font-size="11" font-weight="bold" transform="rotate(-90 %s %s)"', round(l.x + 4, 1), round(l.y - 5, 1))) END
			ELSE _dunning.svg_text(plot_x - 8, top + pitch * (l.n - 0.5) + 4, _dunning.cut_text(l.label, 12, max_label), ' text-anchor="end"')
				|| _dunning.svg_text(plot_x + plot_w * (l.above - low) / (high - low) + 7, top + pitch * (l.n - 0.5) + 4, l.total, ' font-weight="bold"') END,
					'' ORDER BY l.n), '')
		FROM (SELECT t.*, plot_x + pitch * (t.n - 0.5) AS x, top + plot_h * (high - t.above) / (high - low) AS y
		      FROM unnest(labels, totals, tops) WITH ORDINALITY AS t (label, total, above, n)) AS l);

	RETURN concat(
		format('<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="%s" font-size="12" fill="#1f2933">',
			page, round(height), page, round(height), font),
		E'\n<title>' || _dunning.xml_text(nullif(title, '')) || '</title>',
		E'\n<defs><pattern id="undated" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/><rect width="2.4" height="6" fill="#52606d"/></pattern></defs>',
		format(E'\n<rect width="%s" height="%s" fill="#ffffff"/>', page, round(height)),
		svg, E'\n</svg>\n');
END $$;
COMMENT ON FUNCTION dunning.aged_balance_svg IS 'A chart of aged balances as an SVG document: a stacked bar for each label and balance, with axis, totals and legend. layout: rows (horizontal bars) or columns (vertical bars). words replaces words of the legend, such as {"total": "Summe"}. At most 200 bars';
