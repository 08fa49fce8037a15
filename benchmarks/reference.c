/* The road-fleet model once more, in plain C: one draw per call, ordinary loops, libm.
 *
 * This is what a good C programmer would write first from docs/model.md, and what the kernel's
 * speed is held against. It has every output of the kernel. The header region.h is written by
 * c_reference.py for one region: the sizes of the axes, and the names of the rows of the region's
 * tables as they stand in mc_engine/models/road_fleet/static.py, with the prefix AT_. Knowing the
 * sizes when it is compiled is an advantage that the kernel does not have.
 *
 * Years are positions counted from the first vintage. Equation numbers are those of docs/model.md.
 *
 * With COUNT_OPERATIONS defined the file compiles as C++, and numbers count what is done to them.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef COUNT_OPERATIONS
#include "counted.h"
#else
typedef double real;
#endif

#include "region.h"

/* Parts of a draw, timed apart where TIME_PARTS is defined; the names stand in c_reference.py. */
enum { REGION_PART, HISTORY_PART, SURVIVAL_PART, PROJECTION_PART, ADOPTION_PART, ENERGY_PART,
       SUMS_PART, EMISSIONS_PART, CYCLE_PART, BALANCE_PART, PARTS };

#ifdef TIME_PARTS
#include <x86intrin.h>
uint64_t part_ticks[PARTS];
static uint64_t last_tick;
#define BEGIN_PARTS() (last_tick = __rdtsc())
#define END_PART(part) do { uint64_t now = __rdtsc(); part_ticks[part] += now - last_tick; \
                            last_tick = now; } while (0)
#else
#define BEGIN_PARTS() ((void)0)
#define END_PART(part) ((void)0)
#endif

enum { OK, COUNT_UNREACHABLE, OWNERSHIP_ABOVE_SATURATION, FUEL_SHARES_ABOVE_ONE, SPLIT_NEGATIVE,
       NOT_FINITE };
enum { OWNERSHIP, PER_HEAD, ACTIVITY };
enum { LINEAR, LOG, LOGIT };
enum { FUEL, POWER, HYDROGEN };
enum { TTW, WTT, CYCLE, STAGES };
/* What is summed over the vintages of a survival group: vehicles that plug in, vehicles times use,
 * and that times energy per km on each carrier. */
enum { PLUG, DRIVEN, FIRST_CARRIER, CHANNELS = FIRST_CARRIER + CARRIERS };

#define LOGIT_MARGIN 1e-4
#define NEWTON_STEPS 12
#define NEWTON_TOLERANCE 1e-13
#define LARGEST_STEP 2.0
#define GONE 500.0
#define TREND_LIMIT 0.10
#define BLEND_YEARS 6
#define GRAMS_PER_KG 1000.0
#define MJ_PER_PJ 1e9
#define G_PER_MT 1e12
#define KG_PER_MT 1e9
#define KWH_PER_GWH 1e6
#define MILLION 1e6

/* The tables of a region, in the order of Static and of PathTable. */
typedef struct {
    const int64_t *number, *column;
    const real *constant;
    const int64_t (*by_class)[CLASSES];
    const int64_t (*by_pair)[CLASSES][POWERTRAINS];
    const int64_t (*by_carrier)[CARRIERS];
    const int64_t (*by_powertrain)[POWERTRAINS];
    const int64_t (*by_node)[NODES];
    const int64_t (*by_route)[ROUTES];
    const int64_t (*by_hydrogen_node)[FORKS];
    const int64_t (*branch)[CLASSES];
    const int64_t (*includes)[CLASSES];
    const real (*by_year)[YEARS];
    const real (*class_year)[CLASSES][YEARS];
    const real (*history)[POWERTRAINS][YEARS];
    const real (*approval)[POWERTRAINS][YEARS];
    const real (*kappa)[POWERTRAINS][CARRIERS];
    const int64_t (*split_year)[YEARS];
    const int64_t (*split_class)[CLASSES];
    const int64_t *wave_year;
    const int64_t (*quarters)[WAVE_YEARS];
    const int64_t *all_groups;
    const int64_t (*wave_column)[CLASSES];
    const real (*wave_fixed)[CLASSES];
    const real (*start)[RATIO_NODES];
    const real *log_age;
    const real (*initial_stock)[POWERTRAINS], (*initial_profile)[AGES];
    const int64_t (*activity)[EVENTS];
    const int64_t *activity_year;
    /* Paths. */
    const int64_t *first, *size;
    const real *x, *anchor;
    const int64_t *point_column, *scale;
    const real *floor, *always;
    const int64_t (*interval)[YEARS];
    const real (*weight)[YEARS][4];
    const uint8_t (*flat)[YEARS]; /* whether a path has the value of the year before */
    const int64_t *is_fixed; /* whether a path is exactly ``always`` */
} Region;

/* The outputs of all draws, in the order of Outputs. */
typedef struct {
    real (*emissions)[STAGES][OUT_YEARS];
    real (*removals)[OUT_YEARS], (*net_emissions)[OUT_YEARS];
    real (*emissions_by_class)[CLASSES][OUT_YEARS];
    real (*ttw_co2)[OUT_YEARS];
    real (*stock)[CLASSES][OUT_YEARS], (*sales)[CLASSES][OUT_YEARS];
    real (*scrapped)[CLASSES][OUT_YEARS];
    real (*stock_gap)[OUT_YEARS];
    real (*plug_in_sales_share)[CLASSES][OUT_YEARS];
    real (*plug_in_stock)[OUT_YEARS];
    real (*energy)[CARRIERS][OUT_YEARS];
    real (*battery_demand)[OUT_YEARS], (*battery_retirements)[OUT_YEARS];
    real (*hydrogen_demand)[OUT_YEARS];
    real (*survival_scale)[CLASSES];
    real *clipped_years;
} Outputs;

/* Everything one draw has on the way, for one class at a time where no class stands. */
typedef struct {
    const real *x; /* the draw's row of inputs */
    int status;
    real clipped;
    /* The region. */
    real people[YEARS], economy[YEARS], grid[YEARS], efuel_carbon[YEARS];
    real ttw[CARRIERS][YEARS], wtt[CARRIERS][YEARS], fossil_co2[CARRIERS][YEARS];
    real making_left[YEARS], pack_carbon[YEARS], cell_carbon[YEARS], tank_carbon[YEARS];
    real stock[CLASSES][YEARS], sales[CLASSES][YEARS];
    real emitted[STAGES][OUT_YEARS], co2[OUT_YEARS], energy[CARRIERS][OUT_YEARS];
    real plug_in_stock[OUT_YEARS], battery_demand[OUT_YEARS], battery_retirements[OUT_YEARS];
    /* The class. */
    int max_age;
    real number[POWERTRAINS][YEARS]; /* sold by vintage; after YO first the shares */
    real counts[2][YEARS], in_use[2][YEARS], electric[YEARS], target[YEARS], distance[YEARS];
    real shape, hazard, scale, ratio[2], multiplier[WAVES];
    int touched[2][WAVES], group_first[2], wave_place[2];
    real power[AGES], alive[2][AGES], driven[2][AGES]; /* alive and driven: oldest age first */
    real wave_step[2][WAVES][AGES];
    real sums[CHANNELS][OUT_YEARS], by_class[OUT_YEARS];
    real new_packs[OUT_YEARS], replaced[OUT_YEARS], capacity[OUT_YEARS + 1];
} Draw;

static inline int max_int(int a, int b) { return a > b ? a : b; }
static inline int min_int(int a, int b) { return a < b ? a : b; }

/* ---- Paths ---------------------------------------------------------------------------------- */

static real to_scale(real value, int scale, real floor)
{
    if (scale == LOG)
        return log(value < floor ? floor : value);
    if (scale == LOGIT) {
        real kept = value < LOGIT_MARGIN ? (real)LOGIT_MARGIN : value;
        kept = kept > 1.0 - LOGIT_MARGIN ? (real)(1.0 - LOGIT_MARGIN) : kept;
        return log(kept / (1.0 - kept));
    }
    return value;
}

static real end_slope(real near, real far, real delta_near, real delta_far)
{
    real slope = ((2.0 * near + far) * delta_near - near * delta_far) / (near + far);
    if (slope * delta_near <= 0.0)
        return 0.0;
    if (delta_near * delta_far <= 0.0 && fabs(slope) > 3.0 * fabs(delta_near))
        return 3.0 * delta_near;
    return slope;
}

/* Slopes of the monotone cubic interpolant, SciPy's end rule included. */
static void pchip_slopes(int size, const real *x, const real *y, real *slope)
{
    real width[POINTS], delta[POINTS];
    for (int k = 0; k < size - 1; k++) {
        width[k] = x[k + 1] - x[k];
        delta[k] = (y[k + 1] - y[k]) / width[k];
    }
    if (size == 2) {
        slope[0] = slope[1] = delta[0];
        return;
    }
    for (int k = 1; k < size - 1; k++) {
        slope[k] = 0.0;
        if (delta[k - 1] * delta[k] > 0.0)
            slope[k] = 3.0 * (width[k - 1] + width[k])
                / ((2.0 * width[k] + width[k - 1]) / delta[k - 1]
                   + (width[k] + 2.0 * width[k - 1]) / delta[k]);
    }
    slope[0] = end_slope(width[0], width[1], delta[0], delta[1]);
    slope[size - 1] =
        end_slope(width[size - 2], width[size - 3], delta[size - 2], delta[size - 3]);
}

/* A year that repeats the one before is not counted; the fast form does it again, since a loop
   without choices is faster. */
#ifdef COUNT_OPERATIONS
#define NEEDS_NO_WORK(year) ((year) > start && r->flat[path][year])
#else
#define NEEDS_NO_WORK(year) 0
#endif

/* Values of a path from year position ``start`` on. */
static void path_values(const Region *r, const real *row, int path, int start, real *values)
{
    if (r->is_fixed[path]) {
        for (int year = start; year < YEARS; year++)
            values[year] = r->always[path];
        return;
    }
    int size = (int)r->size[path], first = (int)r->first[path], scale = (int)r->scale[path];
    real y[POINTS], slope[POINTS];
    for (int k = 0; k < size; k++) {
        int64_t column = r->point_column[first + k];
        y[k] = column < 0 ? r->anchor[first + k]
                          : to_scale(row[column], scale, r->floor[path]);
    }
    if (size == 1) {
        for (int year = start; year < YEARS; year++)
            values[year] = y[0];
    } else {
        pchip_slopes(size, r->x + first, y, slope);
        for (int year = start; year < YEARS; year++) {
            if (NEEDS_NO_WORK(year)) {
                values[year] = values[year - 1];
                continue;
            }
            const real *w = r->weight[path][year];
            int64_t left = r->interval[path][year];
            values[year] = w[0] * y[left] + w[1] * slope[left] + w[2] * y[left + 1]
                + w[3] * slope[left + 1];
        }
    }
    if (scale == LOG)
        for (int year = start; year < YEARS; year++)
            values[year] = NEEDS_NO_WORK(year) ? values[year - 1] : exp(values[year]);
    if (scale == LOGIT)
        for (int year = start; year < YEARS; year++)
            values[year] = NEEDS_NO_WORK(year) ? values[year - 1]
                                               : (real)1.0 / (1.0 + exp(-values[year]));
}

/* ---- What all classes share ----------------------------------------------------------------- */

/* Population between the published variants (D-1). */
static void population(const Region *r, Draw *d)
{
    real z = d->x[r->column[AT_POPULATION_POSITION]];
    for (int year = YO; year < YEARS; year++) {
        real medium = r->by_year[AT_MEDIUM][year];
        real up = r->by_year[AT_HIGH][year] - medium, down = medium - r->by_year[AT_LOW][year];
        d->people[year] = medium + z * (z >= 0.0 ? up : down);
    }
}

/* Emissions per electricity delivered, average of the grid, and of e-fuel's (F-4, F-3). */
static void grid(const Region *r, Draw *d)
{
    int last = (int)r->number[AT_GRID_LAST], knot = (int)r->number[AT_GRID_KNOT];
    real level = d->x[r->column[AT_GRID_LEVEL]], loss = d->x[r->column[AT_LINE_LOSS]];
    real upstream[YEARS], accounting[YEARS];
    path_values(r, d->x, (int)r->number[AT_GRID_PATH], Y0, d->grid);
    for (int year = Y0; year <= last; year++)
        d->grid[year] = r->by_year[AT_GRID_OBSERVED][year] * level;
    for (int year = last + 1; year < knot; year++)
        d->grid[year] *= 1.0 + (level - 1.0) * ((real)(knot - year) / (real)(knot - last));
    if (r->number[AT_DIRECT]) {
        path_values(r, d->x, (int)r->number[AT_UPSTREAM_PATH], Y0, upstream);
        for (int year = Y0; year < YEARS; year++)
            d->grid[year] += upstream[year];
    }
    path_values(r, d->x, (int)r->number[AT_ACCOUNTING_PATH], Y0, accounting);
    real delivered = 1.0 / (1.0 - loss);
    for (int year = Y0; year < YEARS; year++)
        d->grid[year] *= accounting[year] * delivered;
    path_values(r, d->x, (int)r->number[AT_EFUEL_ELECTRICITY_PATH], Y0, d->efuel_carbon);
    for (int year = Y0; year < YEARS; year++)
        d->efuel_carbon[year] *= d->grid[year] * (1.0 / MJ_PER_KWH);
}

/* Tailpipe and upstream factors of one burned carrier (F-1 to F-3). */
static void fuel_factors(const Region *r, Draw *d, int carrier)
{
    real bio[YEARS], efuel[YEARS], chain[YEARS];
    const real *x = d->x;
    path_values(r, x, (int)r->by_carrier[AT_BIO_PATH][carrier], Y0, bio);
    path_values(r, x, (int)r->by_carrier[AT_EFUEL_PATH][carrier], Y0, efuel);
    real gwp_ch4 = r->constant[AT_GWP_CH4], gwp_n2o = r->constant[AT_GWP_N2O];
    real slip = x[r->by_carrier[AT_SLIP][carrier]];
    real gases = x[r->by_carrier[AT_CH4][carrier]] * gwp_ch4
        + x[r->by_carrier[AT_N2O][carrier]] * gwp_n2o;
    real other = (1.0 - slip) * gases + slip * (GRAMS_PER_KG / METHANE_MJ_PER_KG * gwp_ch4);
    real carbon = (1.0 - slip) * x[r->by_carrier[AT_CO2][carrier]];
    real kept = 1.0 - x[r->by_carrier[AT_WTT_DECLINE][carrier]];
    real bio_factor = x[r->by_carrier[AT_BIO_FACTOR][carrier]];
    real now = x[r->by_carrier[AT_WTT][carrier]], least = 0.0;
    for (int year = Y0; year < YEARS; year++) {
        if (year > YO)
            now *= kept;
        chain[year] = now;
    }
    for (int year = Y0; year < YEARS; year++) {
        real fossil = 1.0 - bio[year] - efuel[year];
        least = fossil < least ? fossil : least;
        d->fossil_co2[carrier][year] = fossil * carbon;
        d->ttw[carrier][year] = fossil * carbon + other;
        d->wtt[carrier][year] = fossil * chain[year] + bio[year] * bio_factor
            + efuel[year] * d->efuel_carbon[year];
    }
    if (least < 0.0 && d->status == OK)
        d->status = FUEL_SHARES_ABOVE_ONE;
}

/* Emissions of hydrogen at the nozzle by year (F-5). */
static void hydrogen_factors(const Region *r, Draw *d, real *upstream)
{
    real share[ROUTES][YEARS], reaching[FORKS + 1][YEARS], branch[YEARS], made[YEARS];
    for (int year = Y0; year < YEARS; year++)
        share[0][year] = reaching[0][year] = 1.0;
    for (int node = 0; node < FORKS; node++) {
        int child = (int)r->by_hydrogen_node[AT_CHILD][node];
        int rest = (int)r->by_hydrogen_node[AT_REST][node];
        real *taken = child < FORKS ? reaching[child] : share[child - FORKS];
        real *left = rest < FORKS ? reaching[rest] : share[rest - FORKS];
        path_values(r, d->x, (int)r->by_hydrogen_node[AT_BRANCH_PATH][node], Y0, branch);
        for (int year = Y0; year < YEARS; year++) {
            real pool = reaching[node][year];
            taken[year] = pool * branch[year];
            left[year] = pool - taken[year];
        }
    }
    for (int year = Y0; year < YEARS; year++)
        upstream[year] = d->x[r->column[AT_HANDLING]];
    if (r->number[AT_ELECTROLYSIS_PATH] != AT_NONE) {
        path_values(r, d->x, (int)r->number[AT_ELECTROLYSIS_PATH], Y0, made);
        for (int route = 0; route < ROUTES; route++)
            if (r->by_route[AT_GRID_ROUTE][route])
                for (int year = Y0; year < YEARS; year++)
                    upstream[year] += share[route][year] * made[year];
    }
    for (int year = Y0; year < YEARS; year++)
        upstream[year] *= d->grid[year] * (1.0 / MJ_PER_KWH);
    for (int route = 0; route < ROUTES; route++) {
        if (r->by_route[AT_GRID_ROUTE][route])
            continue;
        path_values(r, d->x, (int)r->by_route[AT_ROUTE_PATH][route], Y0, made);
        for (int year = Y0; year < YEARS; year++)
            upstream[year] += share[route][year] * made[year];
    }
}

static void carrier_factors(const Region *r, Draw *d)
{
    for (int carrier = 0; carrier < CARRIERS; carrier++) {
        int role = (int)r->by_carrier[AT_ROLE][carrier];
        if (role == FUEL) {
            fuel_factors(r, d, carrier);
            continue;
        }
        for (int year = Y0; year < YEARS; year++)
            d->ttw[carrier][year] = d->fossil_co2[carrier][year] = 0.0;
        if (role == HYDROGEN) {
            hydrogen_factors(r, d, d->wtt[carrier]);
        } else {
            real mix = d->x[r->column[AT_CHARGING_MIX]] * (1.0 / MJ_PER_KWH);
            for (int year = Y0; year < YEARS; year++)
                d->wtt[carrier][year] = mix * d->grid[year];
        }
    }
}

static real power_part(real now, real then)
{
    if (now == 0.0)
        return 0.0;
    return then != 0.0 ? now / then : (real)INFINITY;
}

static real left_of_making(real share, real rest, real power)
{
    return (share == 0.0 ? (real)0.0 : share * power) + (1.0 - share) * rest;
}

/* Emissions of making vehicles and batteries by year (V-1, V-2). */
static void making_years(const Region *r, Draw *d)
{
    const real *x = d->x;
    int known = (int)r->number[AT_GRID_LAST];
    real abroad[YEARS], rest = 1.0;
    path_values(r, x, (int)r->number[AT_IMPORT_GRID_PATH], Y0, abroad);
    path_values(r, x, (int)r->number[AT_CELL_PATH], Y0, d->cell_carbon);
    path_values(r, x, (int)r->number[AT_TANK_PATH], Y0, d->tank_carbon);
    real share = x[r->column[AT_MAKING_POWER_SHARE]];
    real kept = 1.0 - x[r->column[AT_MAKING_DECLINE]];
    for (int year = Y0; year < YEARS; year++) {
        if (year > YO)
            rest *= kept;
        d->making_left[year] =
            left_of_making(share, rest, power_part(d->grid[year], d->grid[known]));
    }
    real imported = x[r->column[AT_BATTERY_IMPORT_SHARE]];
    real making = x[r->column[AT_BATTERY_MAKING]];
    share = x[r->column[AT_BATTERY_POWER_SHARE]];
    kept = 1.0 - x[r->column[AT_BATTERY_DECLINE]];
    rest = 1.0;
    real then = (1.0 - imported) * d->grid[known] + imported * abroad[known];
    for (int year = Y0; year < YEARS; year++) {
        if (year > YO)
            rest *= kept;
        real mixed = (1.0 - imported) * d->grid[year] + imported * abroad[year];
        d->pack_carbon[year] = making * left_of_making(share, rest, power_part(mixed, then));
    }
}

/* ---- Registrations and survival of one class ------------------------------------------------ */

/* Factor of a class in a year whose class split is judgement (T-4). */
static real split_factor(const Region *r, Draw *d, int split, int c, int year)
{
    real factor = 1.0;
    if (r->split_class[split][c] == AT_SPLIT_MEMBER) {
        factor = d->x[r->by_class[AT_CLASS_SPLIT][c]];
    } else {
        for (int other = 0; other < CLASSES; other++)
            if (r->split_class[split][other] == AT_SPLIT_MEMBER)
                factor -= (d->x[r->by_class[AT_CLASS_SPLIT][other]] - 1.0)
                    * (r->class_year[AT_REGISTERED][other][year]
                       / r->class_year[AT_REGISTERED][c][year]);
    }
    if (factor < 0.0 && d->status == OK)
        d->status = SPLIT_NEGATIVE;
    return factor;
}

/* Sales by powertrain and vintage up to YO, and by survival group (T-4). */
static void registrations(const Region *r, Draw *d, int c)
{
    real factor[YEARS];
    for (int year = 0; year <= YO; year++)
        factor[year] = d->x[r->by_class[AT_REPORTING][c]];
    for (int split = 0; split < SPLITS; split++)
        if (r->split_class[split][c] != AT_NOT_SPLIT)
            for (int year = 0; year <= YO; year++)
                if (r->split_year[split][year])
                    factor[year] *= split_factor(r, d, split, c, year);
    memset(d->counts, 0, sizeof d->counts);
    d->group_first[0] = d->group_first[1] = YEARS;
    for (int p = 0; p < POWERTRAINS; p++) {
        int group = (int)r->by_powertrain[AT_GROUP][p];
        d->group_first[group] =
            min_int(d->group_first[group], (int)r->by_pair[AT_FIRST][c][p]);
        for (int year = 0; year <= YO; year++) {
            d->number[p][year] = factor[year] * r->history[c][p][year];
            d->counts[group][year] += d->number[p][year];
        }
    }
}

/* rho_g B_g(v, until): what a vintage's hazard has added up to (T-1, T-2). */
static void exposure(const Region *r, const Draw *d, int group, int until, real *exposed)
{
    for (int vintage = max_int(0, until - d->max_age); vintage <= until; vintage++) {
        real sum = d->power[until - vintage];
        for (int w = 0; w < WAVES; w++) {
            if (!d->touched[group][w])
                continue;
            for (int k = 0; k < WAVE_YEARS; k++) {
                int year = (int)r->wave_year[k], age = year - vintage;
                if (vintage < year && year <= until && r->quarters[w][k] > 0)
                    sum += 0.25 * (real)r->quarters[w][k] * (d->multiplier[w] - 1.0)
                        * (d->power[age] - d->power[age - 1]);
            }
        }
        exposed[vintage] = d->ratio[group] * sum;
    }
}

/* Interval of an even grid that a value lies in or is nearest to, and the place within. */
static int grid_cell(real value, real first, real last, int nodes, real *within)
{
    *within = 0.0;
    if (value < first)
        return 0;
    real place = ((value < last ? value : last) - first) / (last - first) * (real)(nodes - 1);
    int cell = min_int((int)place, nodes - 2);
    *within = place - (real)cell;
    return cell;
}

static real first_guess(const Region *r, real shape, real ratio)
{
    real s, t;
    int i = grid_cell(shape, SHAPE_FIRST, SHAPE_LAST, SHAPE_NODES, &s);
    int j = grid_cell(ratio, RATIO_FIRST, RATIO_LAST, RATIO_NODES, &t);
    real low = (1.0 - t) * r->start[i][j] + t * r->start[i][j + 1];
    real high = (1.0 - t) * r->start[i + 1][j] + t * r->start[i + 1][j + 1];
    return (1.0 - s) * low + s * high;
}

/* The hazard that closes the official count: Newton on ln N against ln x (T-1). */
static void close_count(const Region *r, Draw *d, int c)
{
    real exposed[2][YEARS], registered = 0.0;
    int first = max_int(0, YO - d->max_age);
    for (int group = 0; group < 2; group++) {
        exposure(r, d, group, YO, exposed[group]);
        for (int vintage = first; vintage <= YO; vintage++)
            registered += d->counts[group][vintage];
    }
    real wanted = (r->constant[AT_OFFICIAL_COUNT] - d->x[r->column[AT_OUT_OF_SCOPE]])
        * d->x[r->column[AT_COUNT_ERROR]];
    for (int other = 0; other < CLASSES; other++)
        if (other != c)
            wanted -= d->stock[other][YO];
    real log_x = first_guess(r, d->shape, wanted / registered);
    d->hazard = exp(log_x);
    for (int step = 0; wanted > 0.0 && step < NEWTON_STEPS; step++) {
        real stock = 0.0, slope = 0.0;
        for (int group = 0; group < 2; group++)
            for (int vintage = first; vintage <= YO; vintage++) {
                real gone = d->hazard * exposed[group][vintage];
                real left = d->counts[group][vintage] * exp(-gone);
                stock += left;
                slope -= gone * left;
            }
        real gap = log(stock / wanted);
        if (fabs(gap) <= NEWTON_TOLERANCE)
            return;
        real move = -gap * stock / slope;
        move = move > LARGEST_STEP ? (real)LARGEST_STEP : move;
        move = move < -LARGEST_STEP ? (real)-LARGEST_STEP : move;
        log_x += move;
        d->hazard = exp(log_x);
    }
    if (d->status == OK)
        d->status = COUNT_UNREACHABLE;
}

/* An observed first stock in place of the registrations before it (T-0). */
static void begin_stock(const Region *r, Draw *d, int c)
{
    real exposed[2][YEARS], growth = d->x[r->by_class[AT_PROFILE_GROWTH][c]];
    int year = (int)r->number[AT_INITIAL_YEAR], oldest = min_int(d->max_age, year);
    int unknown = r->initial_profile[c][0] < 0.0;
    for (int group = 0; group < 2; group++)
        exposure(r, d, group, year, exposed[group]);
    memset(d->counts, 0, sizeof d->counts);
    for (int p = 0; p < POWERTRAINS; p++) {
        int group = (int)r->by_powertrain[AT_GROUP][p];
        real total = 0.0;
        for (int vintage = 0; vintage <= year; vintage++)
            d->number[p][vintage] = 0.0;
        for (int age = 0; age <= oldest; age++) {
            /* Where no profile is observed: growing sales, and survival without waves. */
            real weight = unknown ? pow(1.0 + growth, -(real)age) : r->initial_profile[c][age];
            real gone = unknown ? d->hazard * d->ratio[group] * d->power[age] : (real)0.0;
            total += weight * exp(-gone);
            d->number[p][year - age] =
                weight * exp(d->hazard * exposed[group][year - age] - gone);
        }
        for (int age = 0; age <= oldest; age++)
            d->number[p][year - age] *= r->initial_stock[c][p] / total;
        for (int vintage = 0; vintage <= YO; vintage++)
            d->counts[group][vintage] += d->number[p][vintage];
    }
}

/* Survival by age of both groups, and what waves of scrapping leave (T-1, T-2). */
static void survival(const Region *r, Draw *d, int c)
{
    const real *x = d->x;
    real delay = x[r->by_class[AT_DELAY][c]], life_ratio = x[r->by_class[AT_LIFE_RATIO][c]];
    d->max_age = (int)r->by_class[AT_MAX_AGE][c];
    d->shape = x[r->by_class[AT_SHAPE][c]];
    for (int age = 0; age <= d->max_age; age++) {
        real after = (real)age - delay;
        d->power[age] = after > 0.0 ? pow(after, d->shape) : (real)0.0;
    }
    d->ratio[0] = 1.0;
    d->ratio[1] = pow(life_ratio, -d->shape);
    for (int w = 0; w < WAVES; w++) {
        int64_t column = r->wave_column[w][c];
        d->multiplier[w] = column != AT_NONE ? x[column] : r->wave_fixed[w][c];
        d->touched[0][w] = column != AT_NONE || r->wave_fixed[w][c] != 1.0;
        d->touched[1][w] = d->touched[0][w] && r->all_groups[w];
    }
    if (c == r->number[AT_CLOSES]) {
        close_count(r, d, c);
        d->scale = pow(d->hazard, -1.0 / d->shape);
    } else {
        d->scale = r->by_class[AT_SCALE][c] != AT_NONE
            ? x[r->by_class[AT_SCALE][c]]
            : (x[r->by_class[AT_MEAN_LIFE][c]] - delay) / tgamma(1.0 + 1.0 / d->shape);
        d->hazard = pow(d->scale, -d->shape);
        if (r->number[AT_INITIAL_YEAR] != AT_NONE)
            begin_stock(r, d, c);
    }
    for (int group = 0; group < 2; group++) {
        real hazard = d->hazard * d->ratio[group];
        for (int age = 0; age <= d->max_age; age++)
            d->alive[group][d->max_age - age] = exp(-hazard * d->power[age]);
        for (int w = 0; w < WAVES; w++) {
            if (!d->touched[group][w])
                continue;
            real rate = hazard * (d->multiplier[w] - 1.0) / 4.0;
            for (int age = 1; age <= d->max_age; age++) {
                real step = exp(-rate * (d->power[age] - d->power[age - 1]));
                d->wave_step[group][w][age] = hazard * d->power[age] > GONE ? (real)0.0 : step;
            }
        }
    }
}

/* ---- Sums over vintages --------------------------------------------------------------------- */

/* What is left in one year of everything sold by vintage (T-3). */
static real sum_year(const Draw *d, const real *sold, const real *weight, int first, int year)
{
    real sum = 0.0;
    const real *w = weight + d->max_age - year; /* oldest age first */
    for (int vintage = max_int(first, year - d->max_age); vintage <= year; vintage++)
        sum += sold[vintage] * w[vintage];
    return sum;
}

/* Scrap vintages in place for the wave years up to ``year``, ``place`` being the next one (T-2). */
static void scrap(const Region *r, const Draw *d, int group, int first, int until, int *place,
                  real *sold)
{
    for (; *place < WAVE_YEARS && r->wave_year[*place] <= until; (*place)++) {
        int year = (int)r->wave_year[*place];
        for (int w = 0; w < WAVES; w++) {
            int quarters = (int)r->quarters[w][*place];
            const real *step = d->wave_step[group][w];
            if (!d->touched[group][w] || quarters == 0)
                continue;
            for (int vintage = max_int(first, year - d->max_age); vintage < year; vintage++) {
                real one = step[year - vintage], two = one * one;
                sold[vintage] *= quarters == 1 ? one
                    : quarters == 2            ? two
                    : quarters == 3            ? two * one
                                               : two * two;
            }
        }
    }
}

/* Add the sum over vintages of every year from ``begin`` on; ``sold`` is scrapped on the way. */
static void sum_all_years(const Region *r, const Draw *d, int group, real *sold,
                          const real *weight, int first, int begin, real *sums)
{
    int place = 0;
    for (int year = begin; year < YEARS; year++) {
        scrap(r, d, group, first, year, &place, sold);
        sums[year - begin] += sum_year(d, sold, weight, first, year);
    }
}

/* ---- Demand and adoption -------------------------------------------------------------------- */

/* Distance per vehicle before the lever (U-1). */
static void class_distance(const Region *r, Draw *d, int c)
{
    int base = (int)r->number[AT_BASE_YEAR];
    real level = d->x[r->by_class[AT_LEVEL][c]], kept = 1.0 + d->x[r->by_class[AT_TREND][c]];
    real power = d->x[r->by_class[AT_HISTORY_POWER][c]];
    for (int year = Y0; year < base; year++)
        d->distance[year] = level * exp(power * r->class_year[AT_LOG_INDEX][c][year]);
    for (int year = base; year <= YO; year++)
        d->distance[year] = level;
    for (int year = YO + 1; year < YEARS; year++)
        d->distance[year] = d->distance[year - 1] * kept;
    for (int event = 0; event < EVENTS; event++)
        d->distance[r->activity_year[event]] *= d->x[r->activity[c][event]];
}

/* Stock wanted where people own vehicles up to a saturation (D-2). */
static void want_ownership(const Region *r, Draw *d, int c)
{
    real now = d->stock[c][YO], included[YEARS];
    for (int other = 0; other < CLASSES; other++)
        if (r->includes[c][other])
            now += d->stock[other][YO];
    now /= d->people[YO];
    real saturation = d->x[r->by_class[AT_SATURATION][c]];
    real growth = d->x[r->by_class[AT_GROWTH][c]], form = d->x[r->by_class[AT_FORM][c]];
    if (!(now < saturation) && d->status == OK)
        d->status = OWNERSHIP_ABOVE_SATURATION;
    real ratio = now / saturation, logarithm = log(ratio), odds = saturation / now - 1.0;
    real factor = exp(form == 0.0 ? -growth / (1.0 - ratio) : growth / logarithm);
    real decay = 1.0;
    for (int year = YO + 1; year < YEARS; year++) {
        decay *= factor;
        included[year] = decay;
    }
    for (int year = YO + 1; year < YEARS; year++) {
        real own = form == 0.0 ? 1.0 / (1.0 + odds * included[year])
                               : exp(logarithm * included[year]);
        d->target[year] = own * saturation * d->people[year];
    }
    for (int other = 0; other < CLASSES; other++)
        if (r->includes[c][other])
            for (int year = YO + 1; year < YEARS; year++)
                d->target[year] -= d->stock[other][year];
}

/* Let the stock wanted follow a yearly growth factor, after the modelled trend at first (D-5). */
static void grow(Draw *d, int c, const real *law)
{
    const real *stock = d->stock[c];
    real trend = 0.0;
    if (stock[YO - 3] > 0.0) {
        trend = cbrt(stock[YO] / stock[YO - 3]) - 1.0;
        trend = trend > TREND_LIMIT ? (real)TREND_LIMIT : trend;
        trend = trend < -TREND_LIMIT ? (real)-TREND_LIMIT : trend;
    }
    d->target[YO] = stock[YO];
    for (int year = YO + 1; year < YEARS; year++) {
        real growth = law[year] - 1.0;
        int years = year - YO - 1;
        if (years < BLEND_YEARS - 1) {
            real share = (real)years / (BLEND_YEARS - 1);
            growth = (1.0 - share) * trend + share * growth;
        }
        d->target[year] = d->target[year - 1] * (1.0 + growth);
    }
}

/* Stock wanted where transport work drives it (D-4). */
static void want_activity(const Region *r, Draw *d, int c)
{
    real elasticity[YEARS], shift[YEARS], load[YEARS], law[YEARS], per_vehicle[YEARS];
    path_values(r, d->x, (int)r->by_class[AT_ELASTICITY_PATH][c], YO, elasticity);
    path_values(r, d->x, (int)r->by_class[AT_SHIFT_PATH][c], YO, shift);
    path_values(r, d->x, (int)r->by_class[AT_LOAD_PATH][c], YO, load);
    for (int year = YO; year < YEARS; year++)
        per_vehicle[year] = load[year] * d->distance[year];
    for (int year = YO + 1; year < YEARS; year++)
        law[year] = (1.0 + elasticity[year] * d->economy[year]) * (1.0 - shift[year])
            * per_vehicle[year - 1] / ((1.0 - shift[year - 1]) * per_vehicle[year]);
    grow(d, c, law);
}

/* Stock wanted where vehicles per person drift (D-3). */
static void want_per_head(const Region *r, Draw *d, int c)
{
    real law[YEARS], drift = 1.0 + d->x[r->by_class[AT_DRIFT][c]];
    for (int year = YO + 1; year < YEARS; year++)
        law[year] = d->people[year] / d->people[year - 1] * drift;
    grow(d, c, law);
}

static void want(const Region *r, Draw *d, int c)
{
    int driver = (int)r->by_class[AT_DRIVER][c];
    if (driver == OWNERSHIP)
        want_ownership(r, d, c);
    else if (driver == PER_HEAD)
        want_per_head(r, d, c);
    else
        want_activity(r, d, c);
}

/* Lift a path to a phase-out. */
static void phase_out(const Region *r, Draw *d, int c, real *branch)
{
    int ban = (int)r->by_class[AT_BAN_YEAR][c];
    int start = ban - (int)r->by_class[AT_BAN_RAMP][c];
    real from = branch[start], to = d->x[r->by_class[AT_COMPLIANCE][c]];
    for (int year = start + 1; year < YEARS; year++) {
        real reached = year < ban ? (real)(year - start) / (real)(ban - start) : (real)1.0;
        real wanted = from + (to - from) * reached;
        branch[year] = branch[year] < wanted ? wanted : branch[year];
    }
}

/* Shares of powertrains in registrations after YO, down the adoption tree (A). */
static void adopt(const Region *r, Draw *d, int c)
{
    real reaching[NODES][YEARS], branch[YEARS];
    for (int year = YO + 1; year < YEARS; year++)
        reaching[0][year] = 1.0;
    for (int node = 0; node < NODES; node++) {
        int child = (int)r->by_node[AT_CHILD][node], rest = (int)r->by_node[AT_REST][node];
        real *taken = child < NODES ? reaching[child] : d->number[child - NODES];
        real *left = rest < NODES ? reaching[rest] : d->number[rest - NODES];
        path_values(r, d->x, (int)r->branch[node][c], YO, branch);
        if (r->by_node[AT_PHASE_OUT][node] && r->by_class[AT_BAN_YEAR][c] != AT_NONE)
            phase_out(r, d, c, branch);
        for (int year = YO + 1; year < YEARS; year++) {
            real pool = reaching[node][year];
            taken[year] = pool * branch[year];
            left[year] = pool - taken[year];
        }
    }
    for (int year = YO + 1; year < YEARS; year++)
        d->electric[year] = 0.0;
    for (int p = 0; p < POWERTRAINS; p++)
        if (r->by_powertrain[AT_GROUP][p] == 1)
            for (int year = YO + 1; year < YEARS; year++)
                d->electric[year] += d->number[p][year];
}

/* ---- Stock and sales ------------------------------------------------------------------------ */

/* Vehicles of both groups in use in one year, before its sales after YO (T-3). */
static real survivors(const Region *r, Draw *d, int year)
{
    real stock = 0.0;
    for (int group = 0; group < 2; group++) {
        int first = d->group_first[group];
        scrap(r, d, group, first, year, &d->wave_place[group], d->counts[group]);
        d->in_use[group][year] = sum_year(d, d->counts[group], d->alive[group], first, year);
        stock += d->in_use[group][year];
    }
    return stock;
}

/* Stock and sales of the observed years that matter (T-3, T-6). */
static void look_back(const Region *r, Draw *d, int c)
{
    int begin = max_int(0, min_int(Y0 - 1, YO - 3));
    d->wave_place[0] = d->wave_place[1] = 0;
    for (int year = begin; year <= YO; year++) {
        d->stock[c][year] = survivors(r, d, year);
        d->sales[c][year] = d->counts[0][year] + d->counts[1][year];
    }
}

/* Sell what lifts the stock to the target (T-3, T-5). */
static void look_ahead(const Region *r, Draw *d, int c)
{
    for (int year = YO + 1; year < YEARS; year++) {
        real stock = survivors(r, d, year), sold = d->target[year] - stock;
        if (sold < 0.0) {
            sold = 0.0;
            d->clipped += 1.0;
        }
        d->counts[1][year] = sold * d->electric[year];
        d->counts[0][year] = sold - d->counts[1][year];
        d->in_use[0][year] += d->counts[0][year];
        d->in_use[1][year] += d->counts[1][year];
        d->stock[c][year] = stock + sold;
        d->sales[c][year] = sold;
    }
}

/* Stock, sales, scrapped and plug-in shares of a class; turns shares into vehicles sold. */
static void write_vehicles(const Region *r, Draw *d, int c, int64_t draw, const Outputs *out)
{
    real plugged[YEARS];
    const real *stock = d->stock[c], *sales = d->sales[c];
    for (int year = Y0; year < YEARS; year++) {
        real before = year > 0 ? stock[year - 1] : (real)0.0;
        out->stock[draw][c][year - Y0] = stock[year] * (1.0 / MILLION);
        out->sales[draw][c][year - Y0] = sales[year] * (1.0 / MILLION);
        out->scrapped[draw][c][year - Y0] =
            (before + sales[year] - stock[year]) * (1.0 / MILLION);
        plugged[year] = year <= YO ? r->class_year[AT_PLUG_SHARE][c][year] : (real)0.0;
    }
    for (int p = 0; p < POWERTRAINS; p++)
        for (int year = YO + 1; year < YEARS; year++) {
            if (r->by_powertrain[AT_PLUG_IN][p])
                plugged[year] += d->number[p][year];
            d->number[p][year] *= sales[year];
        }
    for (int year = Y0; year < YEARS; year++)
        out->plug_in_sales_share[draw][c][year - Y0] = plugged[year];
    out->survival_scale[draw][c] = d->scale;
}

/* ---- Energy and emissions of use ------------------------------------------------------------ */

/* Energy use of new vehicles relative to YO, by model year (E-2). */
static void improvement(const Region *r, const Draw *d, int c, int p, real *change)
{
    real kept = 1.0 - d->x[r->by_pair[AT_DECLINE][c][p]], left = 1.0;
    real floor = d->x[r->by_pair[AT_FLOOR][c][p]];
    for (int vintage = 0; vintage <= YO; vintage++)
        change[vintage] = 1.0;
    for (int vintage = YO + 1; vintage < YEARS; vintage++) {
        left *= kept;
        change[vintage] = floor + (1.0 - floor) * left;
    }
}

/* Energy per km on the first carrier by model year, MJ/km (E-1). */
static void unit_energy(const Region *r, const Draw *d, int c, int p, const real *change,
                        real *unit)
{
    int first = (int)r->by_pair[AT_FIRST][c][p];
    real ratio = d->x[r->by_pair[AT_ENERGY_RATIO][c][p]];
    if (r->by_pair[AT_HAS_APPROVAL][c][p]) {
        real level = d->x[r->by_pair[AT_APPROVAL_GAP][c][p]] * ratio;
        const real *approved = r->approval[c][p];
        for (int vintage = first; vintage < YEARS; vintage++)
            unit[vintage] = approved[min_int(vintage, YO)] * level * change[vintage];
        return;
    }
    real level = d->x[r->by_pair[AT_ENERGY_NEW][c][p]] * ratio;
    if (r->by_pair[AT_AT_BATTERY][c][p])
        level /= d->x[r->by_class[AT_EFFICIENCY][c]];
    for (int vintage = first; vintage < YEARS; vintage++)
        unit[vintage] = level * change[vintage];
}

/* Put a powertrain's vehicles, use and energy by vintage into the channels (E-3, U-3). */
static void fill_pair(const Region *r, const Draw *d, int c, int p, real channel[][YEARS])
{
    real change[YEARS], unit[YEARS], electric[YEARS], driven[YEARS];
    int first = (int)r->by_pair[AT_FIRST][c][p];
    real use = d->x[r->by_pair[AT_USE_RATIO][c][p]];
    const real *number = d->number[p];
    for (int vintage = first; vintage < YEARS; vintage++) {
        driven[vintage] = use * number[vintage];
        channel[DRIVEN][vintage] += driven[vintage];
    }
    if (r->by_powertrain[AT_PLUG_IN][p])
        for (int vintage = first; vintage < YEARS; vintage++)
            channel[PLUG][vintage] += number[vintage];
    improvement(r, d, c, p, change);
    unit_energy(r, d, c, p, change, unit);
    if (r->by_powertrain[AT_TWO_CARRIERS][p]) {
        real *power = channel[FIRST_CARRIER + r->number[AT_POWER_CARRIER]];
        real fuel = d->x[r->by_pair[AT_FUEL_MODE][c][p]];
        path_values(r, d->x, (int)r->by_pair[AT_ELECTRIC_PATH][c][p], first, electric);
        for (int vintage = first; vintage < YEARS; vintage++) {
            power[vintage] += driven[vintage] * electric[vintage] * unit[vintage];
            unit[vintage] = fuel * (1.0 - electric[vintage]) * change[vintage];
        }
    }
    for (int carrier = 0; carrier < CARRIERS; carrier++) {
        real part = r->kappa[c][p][carrier];
        if (part > 0.0)
            for (int vintage = first; vintage < YEARS; vintage++)
                channel[FIRST_CARRIER + carrier][vintage] +=
                    part * driven[vintage] * unit[vintage];
    }
}

/* Which channels a group of a class can have, and from which vintage on. */
static void open_channels(const Region *r, int c, int group, int first[CHANNELS])
{
    for (int channel = 0; channel < CHANNELS; channel++)
        first[channel] = YEARS;
    for (int p = 0; p < POWERTRAINS; p++) {
        if (!r->by_pair[AT_ACTIVE][c][p] || r->by_powertrain[AT_GROUP][p] != group)
            continue;
        int begin = (int)r->by_pair[AT_FIRST][c][p];
        int power = FIRST_CARRIER + (int)r->number[AT_POWER_CARRIER];
        first[DRIVEN] = min_int(first[DRIVEN], begin);
        if (r->by_powertrain[AT_PLUG_IN][p])
            first[PLUG] = min_int(first[PLUG], begin);
        if (r->by_powertrain[AT_TWO_CARRIERS][p])
            first[power] = min_int(first[power], begin);
        for (int carrier = 0; carrier < CARRIERS; carrier++)
            if (r->kappa[c][p][carrier] > 0.0)
                first[FIRST_CARRIER + carrier] = min_int(first[FIRST_CARRIER + carrier], begin);
    }
}

/* Sums over vintages of use and energy in every output year (T-3, U-2, E-3). */
static void sum_energy(const Region *r, Draw *d, int c)
{
    real channel[CHANNELS][YEARS], decline = d->x[r->by_class[AT_AGE_DECLINE][c]];
    int first[CHANNELS];
    memset(d->sums, 0, sizeof d->sums);
    for (int group = 0; group < 2; group++) {
        memset(channel, 0, sizeof channel);
        open_channels(r, c, group, first);
        for (int p = 0; p < POWERTRAINS; p++)
            if (r->by_pair[AT_ACTIVE][c][p] && r->by_powertrain[AT_GROUP][p] == group)
                fill_pair(r, d, c, p, channel);
        END_PART(ENERGY_PART);
        for (int age = 0; age <= d->max_age; age++) {
            real profile = age == 0 ? (real)0.5 : exp(-decline * (real)age); /* U-2 */
            int place = d->max_age - age;
            d->driven[group][place] = profile * d->alive[group][place];
        }
        for (int k = 0; k < CHANNELS; k++)
            if (first[k] < YEARS)
                sum_all_years(r, d, group, channel[k],
                              k >= DRIVEN ? d->driven[group] : d->alive[group], first[k], Y0,
                              d->sums[k]);
        END_PART(SUMS_PART);
    }
}

/* Energy and emissions of a class in every output year (U-1, E-3, B-1). */
static void emit(const Region *r, Draw *d, int c)
{
    real scale[OUT_YEARS], ttw[OUT_YEARS], wtt[OUT_YEARS];
    for (int t = 0; t < OUT_YEARS; t++) {
        real total = d->distance[Y0 + t] * r->class_year[AT_LEVER][c][Y0 + t]
            * d->stock[c][Y0 + t];
        real weight = d->sums[DRIVEN][t];
        scale[t] = weight == 0.0 ? (real)0.0 : total / weight * (1.0 / MJ_PER_PJ);
        ttw[t] = wtt[t] = 0.0;
    }
    for (int carrier = 0; carrier < CARRIERS; carrier++)
        for (int t = 0; t < OUT_YEARS; t++) {
            real used = scale[t] * d->sums[FIRST_CARRIER + carrier][t]; /* PJ/yr */
            d->energy[carrier][t] += used;
            ttw[t] += used * d->ttw[carrier][Y0 + t];
            wtt[t] += used * d->wtt[carrier][Y0 + t];
            d->co2[t] += used * d->fossil_co2[carrier][Y0 + t] * (MJ_PER_PJ / G_PER_MT);
        }
    for (int t = 0; t < OUT_YEARS; t++) {
        ttw[t] *= MJ_PER_PJ / G_PER_MT;
        wtt[t] *= MJ_PER_PJ / G_PER_MT;
        d->plug_in_stock[t] += d->sums[PLUG][t];
        d->emitted[TTW][t] += ttw[t];
        d->emitted[WTT][t] += wtt[t];
        d->by_class[t] = ttw[t] + wtt[t];
    }
}

/* ---- The vehicle cycle ---------------------------------------------------------------------- */

/* What is replaced half a life after sale, between whole years (V-2). */
static real replaced_in(int year, real life, const real *replacing)
{
    real half = life / 2.0;
    if (!(half < YEARS))
        return 0.0;
    int whole = (int)half;
    real part = half - (real)whole, sum = 0.0;
    if (year - whole >= 0)
        sum += (1.0 - part) * replacing[year - whole];
    if (year - whole - 1 >= 0)
        sum += part * replacing[year - whole - 1];
    return sum;
}

/* kWh sold, replaced and in use of a class by output year (V-2). */
static void batteries(const Region *r, Draw *d, int c, const real life[2])
{
    real pack[YEARS], replacing[YEARS], size[YEARS];
    memset(d->new_packs, 0, sizeof d->new_packs);
    memset(d->replaced, 0, sizeof d->replaced);
    memset(d->capacity, 0, sizeof d->capacity);
    for (int group = 0; group < 2; group++) {
        int any = 0, any_replaced = 0;
        memset(pack, 0, sizeof pack);
        memset(replacing, 0, sizeof replacing);
        for (int p = 0; p < POWERTRAINS; p++) {
            int64_t path = r->by_pair[AT_BATTERY_PATH][c][p];
            int64_t times = r->by_pair[AT_REPLACEMENTS][c][p];
            int first = (int)r->by_pair[AT_FIRST][c][p];
            if (r->by_powertrain[AT_GROUP][p] != group || !r->by_pair[AT_ACTIVE][c][p]
                || path == AT_NONE)
                continue;
            any = 1;
            any_replaced |= times != AT_NONE;
            path_values(r, d->x, (int)path, first, size);
            for (int vintage = first; vintage < YEARS; vintage++)
                pack[vintage] += d->number[p][vintage] * size[vintage];
            if (times != AT_NONE)
                for (int vintage = first; vintage < YEARS; vintage++)
                    replacing[vintage] += d->x[times] * d->number[p][vintage] * size[vintage];
        }
        if (!any)
            continue;
        for (int t = 0; t < OUT_YEARS; t++) {
            d->new_packs[t] += pack[Y0 + t];
            if (any_replaced)
                d->replaced[t] += replaced_in(Y0 + t, life[group], replacing);
        }
        /* The year before the outputs comes first; a region that has none starts with 0. */
        int before = Y0 > 0 ? 1 : 0;
        sum_all_years(r, d, group, pack, d->alive[group], d->group_first[group], Y0 - before,
                      d->capacity + 1 - before);
    }
}

/* Making, keeping and the end of a class's vehicles (V, B-1). */
static void make_and_end(const Region *r, Draw *d, int c)
{
    const real *x = d->x;
    real delay = x[r->by_class[AT_DELAY][c]];
    real mean = d->scale * tgamma(1.0 + 1.0 / d->shape);
    real life[2] = {delay + mean, delay + mean * x[r->by_class[AT_LIFE_RATIO][c]]};
    real weighted[YEARS], cells[YEARS], tanks[YEARS];
    batteries(r, d, c, life);
    memset(weighted, 0, sizeof weighted);
    memset(cells, 0, sizeof cells);
    memset(tanks, 0, sizeof tanks);
    for (int p = 0; p < POWERTRAINS; p++) {
        int64_t cell = r->by_pair[AT_CELL_POWER][c][p], tank = r->by_pair[AT_TANK][c][p];
        int first = max_int(Y0, (int)r->by_pair[AT_FIRST][c][p]);
        real making = x[r->by_pair[AT_MAKING_RATIO][c][p]];
        if (!r->by_pair[AT_ACTIVE][c][p])
            continue;
        for (int year = first; year < YEARS; year++)
            weighted[year] += making * d->number[p][year];
        if (cell != AT_NONE)
            for (int year = first; year < YEARS; year++)
                cells[year] += x[cell] * d->number[p][year];
        if (tank != AT_NONE)
            for (int year = first; year < YEARS; year++)
                tanks[year] += x[tank] * d->number[p][year];
    }
    real vehicle = x[r->by_class[AT_MAKING][c]], a_life = x[r->by_class[AT_MAINTENANCE][c]];
    real scrap_credit = x[r->by_class[AT_SCRAP_CREDIT][c]];
    real recycling = x[r->column[AT_RECYCLING_CREDIT]];
    real a_year[2] = {a_life / life[0], a_life / life[1]};
    for (int t = 0; t < OUT_YEARS; t++) {
        int year = Y0 + t;
        real packs = d->new_packs[t] + d->replaced[t];
        real retired = d->capacity[t] + packs - d->capacity[t + 1];
        real before = year > 0 ? d->stock[c][year - 1] : (real)0.0;
        real scrapped = d->sales[c][year] - d->stock[c][year] + before;
        real emitted = vehicle * d->making_left[year] * weighted[year]
            + d->cell_carbon[year] * cells[year] + d->tank_carbon[year] * tanks[year]
            + a_year[0] * d->in_use[0][year] + a_year[1] * d->in_use[1][year]
            + d->pack_carbon[year] * packs - recycling * retired - scrap_credit * scrapped;
        emitted *= 1.0 / KG_PER_MT;
        d->battery_demand[t] += packs;
        d->battery_retirements[t] += retired;
        d->emitted[CYCLE][t] += emitted;
        d->by_class[t] += emitted;
    }
}

/* ---- One draw ------------------------------------------------------------------------------- */

static int is_finite(real value)
{
    double plain = *(const double *)&value;
    uint64_t bits; /* under -ffast-math a comparison would be taken for granted */
    memcpy(&bits, &plain, sizeof bits);
    return (bits >> 52 & 0x7ff) != 0x7ff;
}

/* What is summed over classes (B-1, B-2, T-1). */
static void close_balance(const Region *r, Draw *d, int64_t draw, const Outputs *out)
{
    int base = (int)r->number[AT_REMOVAL_BASE] - Y0, start = (int)r->number[AT_REMOVAL_START] - Y0;
    int finite = 1;
    real gross[OUT_YEARS];
    for (int t = 0; t < OUT_YEARS; t++)
        gross[t] = d->emitted[TTW][t] + d->emitted[WTT][t] + d->emitted[CYCLE][t];
    real granted_at_end = d->x[r->column[AT_REMOVAL_SHARE]] * gross[base];
    for (int t = 0; t < OUT_YEARS; t++) {
        real reached = t > start ? (real)(t - start) / (real)(OUT_YEARS - 1 - start) : (real)0.0;
        real gap = d->x[r->column[AT_OUT_OF_SCOPE]] - r->by_year[AT_OFFICIAL][Y0 + t];
        for (int c = 0; c < CLASSES; c++)
            gap += d->stock[c][Y0 + t];
        real granted = reached * granted_at_end;
        out->stock_gap[draw][t] = gap * (1.0 / MILLION);
        out->removals[draw][t] = granted;
        out->net_emissions[draw][t] = gross[t] - granted;
        out->ttw_co2[draw][t] = d->co2[t];
        out->plug_in_stock[draw][t] = d->plug_in_stock[t] * (1.0 / MILLION);
        out->battery_demand[draw][t] = d->battery_demand[t] * (1.0 / KWH_PER_GWH);
        out->battery_retirements[draw][t] = d->battery_retirements[t] * (1.0 / KWH_PER_GWH);
        out->hydrogen_demand[draw][t] = 0.0;
    }
    for (int stage = 0; stage < STAGES; stage++)
        for (int t = 0; t < OUT_YEARS; t++) {
            out->emissions[draw][stage][t] = d->emitted[stage][t];
            finite &= is_finite(d->emitted[stage][t]);
        }
    for (int carrier = 0; carrier < CARRIERS; carrier++)
        for (int t = 0; t < OUT_YEARS; t++) {
            out->energy[draw][carrier][t] = d->energy[carrier][t];
            if (r->by_carrier[AT_ROLE][carrier] == HYDROGEN)
                out->hydrogen_demand[draw][t] =
                    d->energy[carrier][t] * (1.0 / HYDROGEN_MJ_PER_KG);
        }
    if (!finite && d->status == OK)
        d->status = NOT_FINITE;
    out->clipped_years[draw] = d->clipped;
}

static void blank(real *first, int count)
{
    for (int k = 0; k < count; k++)
        first[k] = NAN;
}

/* A draw that failed holds NaN in every output. */
static void blank_draw(int64_t i, const Outputs *out)
{
    blank(&out->emissions[i][0][0], STAGES * OUT_YEARS);
    blank(out->removals[i], OUT_YEARS);
    blank(out->net_emissions[i], OUT_YEARS);
    blank(&out->emissions_by_class[i][0][0], CLASSES * OUT_YEARS);
    blank(out->ttw_co2[i], OUT_YEARS);
    blank(&out->stock[i][0][0], CLASSES * OUT_YEARS);
    blank(&out->sales[i][0][0], CLASSES * OUT_YEARS);
    blank(&out->scrapped[i][0][0], CLASSES * OUT_YEARS);
    blank(out->stock_gap[i], OUT_YEARS);
    blank(&out->plug_in_sales_share[i][0][0], CLASSES * OUT_YEARS);
    blank(out->plug_in_stock[i], OUT_YEARS);
    blank(&out->energy[i][0][0], CARRIERS * OUT_YEARS);
    blank(out->battery_demand[i], OUT_YEARS);
    blank(out->battery_retirements[i], OUT_YEARS);
    blank(out->hydrogen_demand[i], OUT_YEARS);
    blank(out->survival_scale[i], CLASSES);
    blank(&out->clipped_years[i], 1);
}

static int one_draw(const Region *r, const real *x, int64_t draw, const Outputs *out)
{
    Draw here, *d = &here;
    BEGIN_PARTS();
    d->x = x;
    d->status = OK;
    d->clipped = 0.0;
    memset(d->emitted, 0, sizeof d->emitted);
    memset(d->co2, 0, sizeof d->co2);
    memset(d->energy, 0, sizeof d->energy);
    memset(d->plug_in_stock, 0, sizeof d->plug_in_stock);
    memset(d->battery_demand, 0, sizeof d->battery_demand);
    memset(d->battery_retirements, 0, sizeof d->battery_retirements);
    population(r, d);
    path_values(r, x, (int)r->number[AT_ECONOMY_PATH], YO, d->economy);
    grid(r, d);
    carrier_factors(r, d);
    making_years(r, d);
    END_PART(REGION_PART);
    for (int place = 0; place < CLASSES; place++) {
        int c = (int)r->by_class[AT_ORDER][place];
        registrations(r, d, c);
        END_PART(HISTORY_PART);
        survival(r, d, c);
        END_PART(SURVIVAL_PART);
        look_back(r, d, c);
        END_PART(PROJECTION_PART);
        class_distance(r, d, c);
        want(r, d, c);
        adopt(r, d, c);
        END_PART(ADOPTION_PART);
        look_ahead(r, d, c);
        END_PART(PROJECTION_PART);
        write_vehicles(r, d, c, draw, out);
        END_PART(BALANCE_PART);
        sum_energy(r, d, c);
        emit(r, d, c);
        END_PART(EMISSIONS_PART);
        make_and_end(r, d, c);
        END_PART(CYCLE_PART);
        for (int t = 0; t < OUT_YEARS; t++)
            out->emissions_by_class[draw][c][t] = d->by_class[t];
    }
    close_balance(r, d, draw, out);
    if (d->status != OK)
        blank_draw(draw, out);
    END_PART(BALANCE_PART);
    return d->status;
}

#ifdef __cplusplus
extern "C"
#endif
/* Evaluate every row of float64[draw, column] into its row of every output. */
void evaluate(const Region *region, const real *draws, int64_t count, const Outputs *out,
              int32_t *status)
{
    for (int64_t draw = 0; draw < count; draw++)
        status[draw] = one_draw(region, draws + draw * COLUMNS, draw, out);
}
