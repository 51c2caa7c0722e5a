/* item/today.h: the real day and the setting dunning.today */
#ifndef DUNNING_TODAY_H
#define DUNNING_TODAY_H

#include "compat.h"
#include "utils/date.h"

extern void dunning_define_today(void);
extern DateADT dunning_real_date(void);
extern DateADT dunning_current_day(void);

#endif
