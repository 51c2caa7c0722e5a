# pg_dunning: a PGXS extension.
#
#   make && make install && make installcheck   for someone who has a server
#   make demo, make test, make bench             set up everything themselves

EXTENSION = pg_dunning
EXTVERSION = 0.1
MODULE_big = pg_dunning

# One room a concept; the order is that of the install script.
ROOMS_SQL = \
	src/schema.sql \
	src/item/item.sql \
	src/penalty/penalty.sql \
	src/aging/aging.sql \
	src/reminder/procedure.sql \
	src/ledger/item_key.sql

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

DATA_built = $(EXTENSION)--$(EXTVERSION).sql
EXTRA_CLEAN = $(DATA_built)

PG_CPPFLAGS = -I$(srcdir)/src

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

$(DATA_built): $(ROOMS_SQL)
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION pg_dunning" to load this file. \quit'; cat $^; } > $@
