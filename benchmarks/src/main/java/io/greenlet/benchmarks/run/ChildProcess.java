package io.greenlet.benchmarks.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program with a time limit, after whose end nothing of it is left: it runs in a process group of its own, which is killed.
final class ChildProcess {

    private ChildProcess() {}

    /// Runs it.
    ///
    /// @return nothing if it ended well, else what became of it
    static String run(List<String> command, long limitSeconds, Path log) throws IOException, InterruptedException {
        List<String> grouped = new ArrayList<>(List.of("setsid"));
        grouped.addAll(command);
        Process process = new ProcessBuilder(grouped).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
        Thread whenInterrupted = new Thread(() -> killGroup(process));
        Runtime.getRuntime().addShutdownHook(whenInterrupted);
        try {
            if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
                return "not done after " + limitSeconds + " s";
            }
            return process.exitValue() == 0 ? "" : "exit " + process.exitValue();
        } finally {
            killGroup(process);
            Runtime.getRuntime().removeShutdownHook(whenInterrupted);
        }
    }

    private static void killGroup(Process leader) {
        try {
            // The group outlives its leader while any member is left; with none left, there is nothing of that number.
            new ProcessBuilder("kill", "-KILL", "--", "-" + leader.pid())
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException e) {
            leader.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
