package io.forebay.testing;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** What is in memory because something holds it: the JVM collects before it counts. */
public final class LiveObjects {
    private LiveObjects() {}

    /** Objects of exactly this class. */
    public static long count(String type) throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return histogram
                .lines()
                .map(String::strip)
                .map(line -> line.split(" +"))
                .filter(line -> line.length > 3 && line[3].equals(type))
                .mapToLong(line -> Long.parseLong(line[1]))
                .sum();
    }
}
