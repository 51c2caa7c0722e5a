
CREATE FUNCTION _dunning.try_terms(terms text) RETURNS dunning.payment_terms
	LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'dunning_try_terms';
COMMENT ON FUNCTION _dunning.try_terms IS 'Payment terms of a text, NULL if it is not understood';
