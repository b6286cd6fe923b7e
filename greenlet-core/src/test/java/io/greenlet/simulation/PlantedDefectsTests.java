package io.greenlet.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whether the simulator would find a fault: each of these is put into the library, one at a time, and has to be found
/// within the seeds that [SimulationTests] runs; the seed that finds it finds it every time.
@Timeout(120)
final class PlantedDefectsTests {

    private static final int SEEDS = 5_000;
    private static final int REPLAYS = 100;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    static Stream<Defect> defects() {
        return Defect.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("defects")
    void isFoundAndReplayed(Defect defect) {
        Schedule faulty = defect.plant(directory);
        for (long seed = 0; seed < SEEDS; seed++) {
            String found = failure(faulty, seed);
            if (found != null) {
                for (int i = 0; i < REPLAYS; i++) {
                    assertThat(failure(faulty, seed)).as("replay %s of seed %s", i, seed).isEqualTo(found);
                }
                return;
            }
        }
        fail("not found in " + SEEDS + " seeds");
    }

    /// What went wrong, without what differs between two objects of the same kind, and without the stacks, whose last
    /// frames depend on how far the JDK has got with a thread that has let go.
    private static @Nullable String failure(Schedule faulty, long seed) {
        try {
            long _ = faulty.run(seed);
            return null;
        } catch (Exception | AssertionError e) {
            return e.getClass().getName() + ": "
                    + Objects.requireNonNullElse(e.getMessage(), "").replaceAll("@[0-9a-f]+", "")
                            .replaceAll("\\n    at .*", "");
        }
    }
}
