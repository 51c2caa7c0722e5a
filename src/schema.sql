-- The schema is made by CREATE EXTENSION from the control file.  Values and
-- computations are for everybody; tables and views are granted by the DBA.
COMMENT ON SCHEMA dunning IS 'pg_dunning: follow-up of unpaid invoices';
GRANT USAGE ON SCHEMA dunning TO PUBLIC;
