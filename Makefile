# pg_dunning: a PGXS extension.
#
#   make && make install && make installcheck   for someone who has a server
#   make demo, make test, make bench             set up everything themselves
#
# make PG_CONFIG=/usr/lib/postgresql/16/bin/pg_config ... picks the server.

EXTENSION = pg_dunning
EXTVERSION = 0.1
MODULE_big = pg_dunning

# One room a concept; the order is that of the install script.
ROOMS_SQL = \
	src/schema.sql \
	build/type.sql \
	src/shipped/shipped.sql \
	src/query/query.sql \
	src/people/people.sql \
	src/template/render.sql \
	src/identifier/identifier.sql \
	src/item/item.sql \
	src/fact/archive.sql \
	src/fact/merge.sql \
	src/fact/fact.sql \
	src/fact/retention.sql \
	src/fact/contact.sql \
	src/penalty/rates.sql \
	src/aging/aging.sql \
	src/aging/picture.sql \
	src/balance/history.sql \
	src/report/series.sql \
	src/figures/series.sql \
	src/penalty/penalty.sql \
	src/procedure/procedure.sql \
	src/decide/history.sql \
	src/decide/decide.sql \
	src/terms/calendar.sql \
	src/terms/terms.sql \
	src/terms/set_due_date.sql \
	src/currency/currency.sql \
	src/people/format.sql \
	src/country/country.sql \
	src/hold/reason.sql \
	src/contact/code.sql \
	src/channel/channel.sql \
	src/penalty/series.sql \
	src/jurisdiction/jurisdiction.sql \
	src/jurisdiction/mention.sql \
	src/jurisdiction/check_terms.sql \
	src/terms/holiday.sql \
	src/ledger/field.sql \
	src/template/template.sql \
	build/data.sql \
	build/template.sql \
	src/template/letter.sql \
	src/jurisdiction/rule.sql \
	src/aging/named.sql \
	src/procedure/named.sql \
	src/ledger/item_key.sql \
	src/ledger/catalog.sql \
	src/ledger/ledger.sql \
	src/ledger/setting.sql \
	src/ledger/parts.sql \
	src/ledger/view.sql \
	src/ledger/open_item.sql \
	src/ledger/reader.sql \
	src/ledger/problem.sql \
	src/scope/scope.sql \
	src/hold/hold.sql \
	src/hold/verb.sql \
	src/hold/statement.sql \
	src/hold/write_off.sql \
	src/assign/assign.sql \
	src/assign/owner.sql \
	src/assign/applies.sql \
	src/promise/promise.sql \
	src/plan/plan.sql \
	src/handover/handover.sql \
	src/einvoice/einvoice.sql \
	src/einvoice/cashed.sql \
	src/run/log.sql \
	src/run/problem.sql \
	src/outbox/outbox.sql \
	src/reminder/reminder.sql \
	src/worklist/worklist.sql \
	src/worklist/customer.sql \
	src/reminder/send.sql \
	src/reminder/approve.sql \
	src/contact/contact.sql \
	src/worklist/tonight.sql \
	src/worklist/why.sql \
	src/worklist/back_test.sql \
	src/worklist/procedure_change.sql \
	src/day/day.sql \
	src/insolvency/insolvency.sql \
	src/notice/sender.sql \
	src/notice/recipient.sql \
	src/notice/context.sql \
	src/notice/plan.sql \
	src/notice/notice.sql \
	src/notice/attachment.sql \
	src/notice/tonight.sql \
	src/reminder/settle.sql \
	src/stamp/stamp.sql \
	src/watch/watch.sql \
	src/agenda/agenda.sql \
	src/missing_rates/missing_rates.sql \
	src/adopt/adopt.sql \
	src/erp/erp.sql \
	src/erp/tryton.sql \
	src/erp/odoo.sql \
	src/erp/ledgersmb.sql \
	src/erp/dolibarr.sql \
	src/erp/idempiere.sql \
	src/erp/erpnext.sql \
	src/erp/fec.sql \
	src/check/check.sql \
	src/report/report.sql \
	src/figures/figures.sql \
	src/figures/payment.sql \
	src/figures/dashboard.sql \
	src/figures/view.sql \
	src/run/lock.sql \
	src/run/step.sql \
	src/run/run.sql \
	src/run/undo.sql \
	src/claim/claim.sql \
	src/figures/relation.sql \
	src/contact/log.sql \
	src/file/file.sql \
	src/file/call_list.sql \
	src/merge/merge.sql \
	src/forget/forget.sql \
	src/schedule/schedule.sql \
	src/health/health.sql \
	src/text_form.sql \
	src/access/access.sql \
	src/grants.sql \
	src/close.sql

# Shipped rows, in the order in which they refer to each other.
DATA_CSV = $(addprefix src/data/, currency.csv country.csv reference_series.csv reference_rate.csv jurisdiction.csv mention.csv ledger_field.csv ledger_word.csv hold_reason.csv dispute_category.csv contact_code.csv channel.csv)

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))

DATA_built = $(EXTENSION)--$(EXTVERSION).sql
EXTRA_CLEAN = $(DATA_built) build $(wildcard src/*.o src/*/*.o src/*.bc src/*/*.bc)

# A server with assertions has ours, too.
PG_CPPFLAGS = -I$(srcdir)/src $(shell cat "$$($(PG_CONFIG) --includedir-server)"/pg_config*.h 2>/dev/null | \
	sed -n 's/^\#define USE_ASSERT_CHECKING 1/-DDN_ASSERT/p')

# One file a concept; setup creates the extension for all others.
REGRESS = setup $(filter-out setup,$(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql))))

PG_CONFIG ?= pg_config
PG_VERSION_LEAST = 15

# The targets that set up a machine must work before there is a server to
# build for, so they come first and nothing else is read for them alone.
SETS_UP = setup demo test bench fuzz
.PHONY: $(SETS_UP)
.DEFAULT_GOAL = all

setup:
	@script/setup -t

demo:
	@script/setup script/with-cluster demo/run

test:
	@script/setup -t script/test

fuzz:
	@script/setup -f test/fuzz/run

bench:
	@script/setup script/with-cluster \
		-c 'shared_buffers = 1GB' -c 'work_mem = 256MB' -c 'jit = off' -c 'autovacuum = off' \
		-c 'max_parallel_workers_per_gather = 0' \
		test/bench/run

ifneq ($(or $(filter-out $(SETS_UP),$(MAKECMDGOALS)),$(if $(MAKECMDGOALS),,all)),)

PG_VERSION := $(shell $(PG_CONFIG) --version 2>/dev/null)
ifeq ($(PG_VERSION),)
$(error $(PG_CONFIG) does not run: install the server with its headers (on Debian postgresql-server-dev-NN), or name another with PG_CONFIG=)
endif
PG_MAJOR := $(shell echo '$(PG_VERSION)' | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
ifneq ($(shell test '$(PG_MAJOR)' -ge $(PG_VERSION_LEAST) && echo enough),enough)
$(error pg_dunning needs PostgreSQL $(PG_VERSION_LEAST) or later, but $(PG_CONFIG) says $(PG_VERSION))
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(and $(wildcard $(PGXS)),$(wildcard $(shell $(PG_CONFIG) --includedir-server)/postgres.h)),)
$(error the server headers are missing: install them (on Debian postgresql-server-dev-$(PG_MAJOR)), or name another server with PG_CONFIG=)
endif
# A library built with newer headers may need a symbol that the server has not.
# Older headers of the same major version are fine, and so is a machine that
# builds and has no server.
OF_HEADERS := $(shell sed -n 's/^\#define PG_VERSION "\([0-9.]*\).*/\1/p' "$$($(PG_CONFIG) --includedir-server)/pg_config.h")
OF_SERVER := $(shell "$$($(PG_CONFIG) --bindir)/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9.]*\).*/\1/p')
ifneq ($(and $(OF_HEADERS),$(OF_SERVER),$(filter-out $(OF_SERVER),$(shell printf '%s\n' '$(OF_HEADERS)' '$(OF_SERVER)' | sort -V | tail -n 1))),)
$(error the server headers are of PostgreSQL $(OF_HEADERS), newer than the server $(OF_SERVER) of $(PG_CONFIG), which may not load what they build: upgrade the server, install the headers of its own version (on Debian apt-get install postgresql-server-dev-$(PG_MAJOR)=VERSION), or name another server with PG_CONFIG=)
endif
include $(PGXS)

# An object depends on every header and on the server it was built for.
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h) build/server
# The core is called from this library alone: a name that is not exported is called directly.
src/core/%.o: override CFLAGS += -fvisibility=hidden
show-regress:
	@echo $(REGRESS)

build/server: FORCE
	@mkdir -p build; echo '$(PG_VERSION) $(PGXS)' | cmp -s - $@ || echo '$(PG_VERSION) $(PGXS)' >$@
.PHONY: FORCE show-regress

build/data.sql: src/data/csv.awk src/data/literal.awk src/data/csv_to_sql.awk $(DATA_CSV)
build/template.sql: src/data/csv.awk src/data/literal.awk src/data/template_to_sql.awk $(sort $(wildcard src/data/template/*.mustache))
build/type.sql: src/data/csv.awk src/type.awk src/type.csv
build/data.sql build/type.sql build/template.sql:
	@mkdir -p build; LC_ALL=C awk $(patsubst %.awk,-f %.awk,$^) >$@.new && mv $@.new $@

$(DATA_built): $(ROOMS_SQL) src/comment.awk Makefile
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION pg_dunning" to load this file. \quit'; LC_ALL=C awk -f src/comment.awk $(ROOMS_SQL); } >$@.new && mv $@.new $@

endif
