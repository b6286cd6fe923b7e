package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What greenlets do with scoped values in a JVM that was started without any flag.
@Timeout(120)
final class FlaglessGreenletTests {

    /// Runs in that JVM.
    static final class Program {

        private static final ScopedValue<String> USER = ScopedValue.newInstance();

        private Program() {}

        public static void main(String[] arguments) {
            ScopedValue.where(USER, "u").run(() -> {
                System.out.println("inherits " + Greenlet.inheritsScopedValues());
                System.out.println("seen " + Greenlet.of(x -> USER.isBound()).switchTo());
                System.out.println("named " + Greenlet.of(x -> USER.get(), ScopedValue.where(USER, "v")).switchTo());
                System.out.println("own " + Objects.equals(Greenlet.current(),
                        Greenlet.of(x -> Greenlet.current().parent()).switchTo()));
            });
        }
    }

    @Test
    void inheritNoneButCanBeGivenSome() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-ea",
                "-cp", String.join(System.getProperty("path.separator"), classesOf(Greenlet.class),
                        classesOf(Program.class)),
                Program.class.getName()).redirectErrorStream(true).start();
        try {
            List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
                    .toList();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the program ends").isTrue();
            assertThat(lines).containsExactly("inherits false", "seen false", "named v", "own true");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String classesOf(Class<?> type) throws Exception {
        URI location = type.getProtectionDomain().getCodeSource().getLocation().toURI();
        return Path.of(location).toString();
    }
}
