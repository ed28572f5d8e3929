#include "frequency.h"
#include "histogram.h"
#include "report.h"
#include "stats.h"

enum { NAME_WIDTH = 16, BAR_WIDTH = 40 };

static void add_name(Builder *out, size_t indent, Text name) {
    size_t width = indent + name.length;
    builder_repeat(out, ' ', indent);
    builder_add(out, name);
    builder_repeat(out, ' ', width < NAME_WIDTH ? NAME_WIDTH - width : 1);
}

static void add_row(Builder *out, size_t indent, Text name, const Numbers *sorted) {
    Summary s = stats_summary(sorted);
    add_name(out, indent, name);
    builder_format(out, "%6zu %10.6g %10.6g %10.6g %10.6g %10.6g\n", s.count, s.mean,
                   s.deviation, s.least, s.median, s.most);
}

static void add_bars(Builder *out, const Numbers *sorted, size_t bins, Arena *arena) {
    Histogram histogram = histogram_of(sorted, arena, bins);
    for (size_t i = 0; i < bins && histogram.highest; i++) {
        size_t count = histogram.counts[i];
        builder_format(out, "  from %-*.6g %6zu", NAME_WIDTH - 7,
                       histogram.least + histogram.width * (double)i, count);
        builder_add(out, text_of(count ? " " : ""));
        builder_repeat(out, '#', (count * BAR_WIDTH + histogram.highest - 1) / histogram.highest);
        builder_add_char(out, '\n');
    }
}

static void add_numbers(const Report *report, const Column *column, Arena *arena, Builder *out) {
    Group all = group_all(report->table, column, arena);
    add_row(out, 0, column->name, &all.sorted);
    if (report->by) {
        Groups groups = group_by(report->table, column, report->by, arena);
        for (size_t i = 0; i < groups.count; i++)
            add_row(out, 2, groups.at[i].name, &groups.at[i].sorted);
    }
    if (report->bins)
        add_bars(out, &all.sorted, report->bins, arena);
}

static void add_texts(const Report *report, const Column *column, Arena *arena, Builder *out) {
    Frequencies found = frequencies_of(column->cells, report->table->height, arena);
    add_name(out, 0, column->name);
    builder_format(out, "%6zu different\n", found.count);
    for (size_t i = 0; i < found.count && i < report->top; i++) {
        add_name(out, 2, found.at[i].text);
        builder_format(out, "%6zu\n", found.at[i].count);
    }
}

void report_text(const Report *report, Arena *arena, Builder *out) {
    builder_format(out, "%-*s%6s %10s %10s %10s %10s %10s\n", NAME_WIDTH, "column", "count",
                   "mean", "deviation", "least", "median", "most");
    for (size_t i = 0; i < report->table->width; i++) {
        const Column *column = &report->table->columns[i];
        if (!report_shows(report, column))
            continue;
        if (column->values)
            add_numbers(report, column, arena, out);
        else
            add_texts(report, column, arena, out);
    }
}
