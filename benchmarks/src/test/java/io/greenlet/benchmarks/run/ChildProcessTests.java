package io.greenlet.benchmarks.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ChildProcessTests {

    @TempDir
    private Path directory = Path.of("");

    private String run(long limitSeconds, String script) throws IOException, InterruptedException {
        return ChildProcess.run(List.of("sh", "-c", script), limitSeconds, directory.resolve("log"));
    }

    @Test
    void oneThatEndsWellSaysNothing() throws Exception {
        assertThat(run(60, "echo one; echo two >&2")).isEmpty();
        assertThat(directory.resolve("log")).hasContent("one\ntwo");
    }

    @Test
    void oneThatFailsSaysItsExit() throws Exception {
        assertThat(run(60, "exit 3")).isEqualTo("exit 3");
    }

    @Test
    void oneThatTakesTooLongIsKilledWithItsChildren() throws Exception {
        assertThat(run(1, "sleep 600 & echo $!; wait")).isEqualTo("not done after 1 s");
        assertThatTheChildEnds();
    }

    @Test
    void whatOneLeavesBehindIsKilled() throws Exception {
        assertThat(run(60, "sleep 600 & echo $!")).isEmpty();
        assertThatTheChildEnds();
    }

    /// Its number is in the log; that it ends is waited for until the time limit of the class.
    private void assertThatTheChildEnds() throws Exception {
        long child = Long.parseLong(Files.readString(directory.resolve("log")).strip());
        var handle = ProcessHandle.of(child);
        if (handle.isPresent()) {
            handle.get().onExit().get();
        }
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }
}
