package io.greenlet.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/// A fault to be put into a source file of the library: one text in place of another, which must stand there exactly once,
/// whatever the white space.
///
/// @param subject what is to find it
/// @param name what is wrong then
/// @param file the source file, under `io/greenlet`
/// @param right what stands there
/// @param wrong what shall stand there
record Defect(Subject subject, String name, String file, String right, String wrong) {

    private static final Path SOURCES = Path.of("src/main/java/io/greenlet");

    /// Compiles the library's file with the fault in it, and returns the subject's workload on top of that.
    Schedule plant(Path into) {
        try {
            String source = Files.readString(SOURCES.resolve(file));
            Pattern place = Pattern.compile(Stream.of(right.strip().split("\\s+")).map(Pattern::quote)
                    .collect(Collectors.joining("\\s+")));
            if (place.matcher(source).results().count() != 1) {
                throw new AssertionError(this + ": the text to replace must stand in the file exactly once:\n" + right);
            }
            Path faulty = Files.createDirectories(into.resolve("source")).resolve(Path.of(file).getFileName());
            Files.writeString(faulty, place.matcher(source).replaceFirst(Matcher.quoteReplacement(wrong)));
            Path classes = Files.createDirectories(into.resolve("classes"));
            compile(faulty, classes);
            ClassLoader loader = new Planted(classes);
            return (Schedule) loader.loadClass(subject.workload().getName()).getDeclaredConstructor().newInstance();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(this + " cannot be planted", e);
        }
    }

    private static void compile(Path source, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<String> options = List.of("-nowarn", "-proc:none", "-d", classes.toString(), "-cp",
                System.getProperty("java.class.path"));
        StringBuilder complaints = new StringBuilder();
        boolean fine = compiler.getTask(null, null, what -> complaints.append(what).append('\n'), options, null,
                compiler.getStandardFileManager(null, null, null).getJavaFileObjects(source)).call();
        if (!fine) {
            throw new AssertionError(complaints);
        }
    }

    /// Loads the library and its tests once more, except what both sides of this test share.
    private static final class Planted extends ClassLoader {

        private final Path faulty;

        Planted(Path faulty) {
            super(Defect.class.getClassLoader());
            this.faulty = faulty;
            setDefaultAssertionStatus(true); // they find defects, too
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.greenlet.") || name.equals(Schedule.class.getName())) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known != null ? known : define(name);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String path = name.replace('.', '/') + ".class";
            try (var in = Files.exists(faulty.resolve(path))
                    ? Files.newInputStream(faulty.resolve(path))
                    : getParent().getResourceAsStream(path)) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    @Override
    public String toString() {
        return subject + ": " + name;
    }

    /// All of them.
    static Stream<Defect> all() {
        List<Defect> all = new ArrayList<>();
        ThreadDefects.addTo(all);
        EventDefects.addTo(all);
        SemaphoreDefects.addTo(all);
        CappedDefects.addTo(all);
        QueueDefects.addTo(all);
        PermitDefects.addTo(all);
        PoolDefects.addTo(all);
        StallDefects.addTo(all);
        PileDefects.addTo(all);
        MapDefects.addTo(all);
        ResourceDefects.addTo(all);
        ServerDefects.addTo(all);
        TimeoutDefects.addTo(all);
        DagDefects.addTo(all);
        GroupDefects.addTo(all);
        ExecutorDefects.addTo(all);
        PeriodicDefects.addTo(all);
        return all.stream();
    }
}
