#include "report.h"

bool report_shows(const Report *report, const Column *column) {
    if (report->only)
        return column == report->only;
    return column != report->by;
}
