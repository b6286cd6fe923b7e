package io.greenlet.benchmarks.report;

import io.greenlet.benchmarks.result.ResultFile;
import io.greenlet.benchmarks.result.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Writes the page of the benchmarks: the template, in which a line `{{table spawn}}` stands for a table, and its like for
/// other things that are computed. Figures come from the results only.
final class Report {

    private static final List<String> MACHINE = List.of("Processor", "Memory", "System", "JDK");

    private final Catalogue catalogue;
    private final Results results;
    private final String plotFile;

    Report(Catalogue catalogue, Results results, String plotFile) {
        this.catalogue = catalogue;
        this.results = results;
        this.plotFile = plotFile;
    }

    /// Writes page and plot.
    ///
    /// @param arguments the template, the directory of the results, and the page, beside which the plot is put
    public static void main(String[] arguments) throws IOException {
        Path page = Path.of(arguments[2]);
        Path plot = page.resolveSibling("benchmarks.svg");
        Report report = new Report(Catalogue.read(Path.of("benchmarks/topics.json")),
                Results.read(Path.of(arguments[1])), "benchmarks.svg");
        Files.writeString(plot, new Plot(report.catalogue, report.results).svg());
        Files.writeString(page, report.page(Files.readString(Path.of(arguments[0]))));
        System.out.println("wrote " + page + " and " + plot);
    }

    String page(String template) {
        return template.lines().map(line -> line.startsWith("{{") && line.endsWith("}}")
                ? part(line.substring(2, line.length() - 2))
                : line + "\n").collect(Collectors.joining());
    }

    private String part(String directive) {
        if (directive.startsWith("table ")) {
            return new TableText(catalogue.table(directive.substring(6)), results).text();
        }
        return switch (directive) {
            case "goals" -> new GoalsText(catalogue.goals(), results).text();
            case "plot" -> "![The cost of others, as a multiple of greenlet's](" + plotFile + ")\n";
            case "machine" -> machine();
            case "runs" -> runs();
            case "failures" -> failures();
            default -> throw new IllegalArgumentException(
                    "line must be one of {{table <id>}}, {{goals}}, {{plot}}, {{machine}}, {{runs}}, {{failures}}: "
                            + directive);
        };
    }

    /// What the figures depend on. A fact that was not the same for all topics has all its values.
    private String machine() {
        Map<String, Set<String>> facts = new TreeMap<>();
        for (ResultFile file : results.files()) {
            file.versions().forEach((name, value) -> facts.computeIfAbsent(name, _ -> new TreeSet<>()).add(value));
        }
        StringBuilder text = new StringBuilder("| | |\n| --- | --- |\n");
        for (String name : MACHINE) {
            text.append("| ").append(name.toLowerCase(Locale.ROOT).replace("jdk", "JDK")).append(" | ")
                    .append(String.join(" / ", facts.getOrDefault(name, Set.of()))).append(" |\n");
        }
        String versions = facts.entrySet().stream().filter(fact -> !MACHINE.contains(fact.getKey()))
                .map(fact -> fact.getKey() + " " + String.join(" / ", fact.getValue()))
                .collect(Collectors.joining(", "));
        return text.append("| versions | ").append(versions).append(" |\n").toString();
    }

    /// When each topic was run, from which commit, and for how long; the same day and commit are said once.
    private String runs() {
        Map<String, List<ResultFile>> runs = new TreeMap<>();
        for (ResultFile file : results.files()) {
            runs.computeIfAbsent(file.begun().substring(0, 10) + ", commit `" + file.commit() + "`",
                    _ -> new ArrayList<>()).add(file);
        }
        StringBuilder text = new StringBuilder("| run of | topics | minutes |\n| --- | --- | --- |\n");
        runs.forEach((run, files) -> text.append("| ").append(run).append(" | ")
                .append(files.stream().map(ResultFile::topic).collect(Collectors.joining(", "))).append(" | ")
                .append(Quantity.text(files.stream().mapToDouble(ResultFile::seconds).sum() / 60)).append(" |\n"));
        return text.toString();
    }

    private String failures() {
        List<String> lines = new ArrayList<>();
        results.files().forEach(file -> file.failures().forEach(failure -> lines.add(file.topic() + ": " + failure)));
        Set<String> run = results.files().stream().map(ResultFile::topic).collect(Collectors.toSet());
        catalogue.topics().stream().filter(topic -> !run.contains(topic.id()))
                .forEach(topic -> lines.add(topic.id() + ": not run"));
        return lines.isEmpty()
                ? "Nothing failed.\n"
                : lines.stream().map(line -> "- " + line + "\n").collect(Collectors.joining());
    }
}
