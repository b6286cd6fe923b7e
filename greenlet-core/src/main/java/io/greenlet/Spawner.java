package io.greenlet;

/// Whoever asked for a green thread, and whether it still lives.
sealed interface Spawner {

    /// Says whether the spawner has ended.
    boolean hasEnded();

    static Spawner current() {
        GreenTask<?> task = GreenTask.currentTask();
        return task == null ? new Plain(Thread.currentThread()) : new Green(task);
    }

    record Green(GreenThread<?> thread) implements Spawner {
        @Override
        public boolean hasEnded() {
            return thread.isDone();
        }
    }

    record Plain(Thread thread) implements Spawner {
        @Override
        public boolean hasEnded() {
            return !thread.isAlive();
        }
    }
}
