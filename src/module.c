/* module.c: what happens once, when the library is loaded */
#include "compat.h"

#include "item/today.h"

DUNNING_MODULE_MAGIC("pg_dunning", "0.1.0");

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	dunning_define_today();
}
