/// Writes `docs/benchmarks.md` and its plot. [Catalogue] is `topics.json`: the topics that are run, and the tables, goals and
/// bars that show their series. `Report` puts them into the template `page.md`, where a line in double braces stands for each.
/// No figure on the page is typed by hand: it comes from the results, or is a dash.
@NullMarked
package io.greenlet.benchmarks.report;

import org.jspecify.annotations.NullMarked;
