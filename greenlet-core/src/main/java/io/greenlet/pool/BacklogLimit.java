package io.greenlet.pool;

/// Refuses when so many stand in line. The executor knows it, and looks at the limit in one step with taking the task.
///
/// @param limit how many may stand in line
record BacklogLimit(int limit) implements Admission {

    BacklogLimit {
        if (limit < 0) {
            throw new IllegalArgumentException("backlog must not be negative: " + limit);
        }
    }

    static String reason(int limit) {
        return "no place, the backlog has reached " + limit;
    }

    /// Called only by another admission that is made of this one.
    @Override
    public void check(GreenThreadPoolExecutor executor, int backlog) {
        if (backlog >= limit) {
            throw executor.rejection(reason(limit));
        }
    }
}
