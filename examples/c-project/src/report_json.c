#include "frequency.h"
#include "histogram.h"
#include "json.h"
#include "report.h"
#include "stats.h"
#include "version.h"

static void add_summary(Json *json, const Numbers *sorted) {
    Summary s = stats_summary(sorted);
    json_count(json, "count", s.count);
    json_number(json, "mean", s.mean);
    json_number(json, "deviation", s.deviation);
    json_number(json, "least", s.least);
    json_number(json, "lower", s.lower);
    json_number(json, "median", s.median);
    json_number(json, "upper", s.upper);
    json_number(json, "most", s.most);
}

static void add_bins(Json *json, const Numbers *sorted, size_t bins, Arena *arena) {
    Histogram histogram = histogram_of(sorted, arena, bins);
    json_open(json, "histogram", '[');
    for (size_t i = 0; i < bins; i++)
        json_count(json, NULL, histogram.counts[i]);
    json_close(json, ']');
}

static void add_groups(Json *json, const Report *report, const Column *column, Arena *arena) {
    Groups groups = group_by(report->table, column, report->by, arena);
    json_open(json, "groups", '[');
    for (size_t i = 0; i < groups.count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "name", groups.at[i].name);
        add_summary(json, &groups.at[i].sorted);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void add_numbers(Json *json, const Report *report, const Column *column, Arena *arena) {
    Group all = group_all(report->table, column, arena);
    add_summary(json, &all.sorted);
    if (report->bins)
        add_bins(json, &all.sorted, report->bins, arena);
    if (report->by)
        add_groups(json, report, column, arena);
}

static void add_texts(Json *json, const Report *report, const Column *column, Arena *arena) {
    Frequencies found = frequencies_of(column->cells, report->table->height, arena);
    json_count(json, "different", found.count);
    json_open(json, "top", '[');
    for (size_t i = 0; i < found.count && i < report->top; i++) {
        json_open(json, NULL, '{');
        json_text(json, "text", found.at[i].text);
        json_count(json, "count", found.at[i].count);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void report_json(const Report *report, Arena *arena, Builder *out) {
    Json json = json_to(out);
    json_open(&json, NULL, '{');
    json_text(&json, "tally", text_of(TALLY_VERSION));
    json_count(&json, "rows", report->table->height);
    json_open(&json, "columns", '[');
    for (size_t i = 0; i < report->table->width; i++) {
        const Column *column = &report->table->columns[i];
        if (!report_shows(report, column))
            continue;
        json_open(&json, NULL, '{');
        json_text(&json, "name", column->name);
        json_count(&json, "missing", column->missing);
        if (column->values)
            add_numbers(&json, report, column, arena);
        else
            add_texts(&json, report, column, arena);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
}
