package io.greenlet.simulation;

/// Says the traces of all subjects, for comparison with another JVM's.
final class SimulationProgram {

    private SimulationProgram() {}

    public static void main(String[] arguments) throws Exception {
        for (Subject subject : Subject.values()) {
            System.out.println(subject + ": " + subject.run(0, Integer.parseInt(arguments[0])));
        }
    }
}
