import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs test classes, or methods written as {@code class#method}, and prints a line for each test: outcome, names, reason. */
final class Red {
    private Red() {}

    public static void main(String[] arguments) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Arrays.stream(arguments).flatMap(Red::selectors).collect(Collectors.toList()))
                .build();
        LauncherFactory.create().execute(request, new Listener());
        System.exit(0);
    }

    /** A method may have parameters, which its name does not tell. */
    private static Stream<DiscoverySelector> selectors(String name) {
        int hash = name.indexOf('#');
        if (hash < 0) {
            return Stream.of(selectClass(name));
        }
        try {
            Class<?> type = Class.forName(name.substring(0, hash));
            return Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.getName().equals(name.substring(hash + 1)))
                    .map(method -> selectMethod(type, method));
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static final class Listener implements TestExecutionListener {
        private TestPlan plan;

        @Override
        public void testPlanExecutionStarted(TestPlan started) {
            plan = started;
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
            if (!test.isTest() && !failed) {
                return;
            }
            String reason = result.getThrowable().map(Throwable::toString).orElse("");
            StringBuilder names = new StringBuilder(test.getDisplayName());
            for (TestIdentifier above = plan.getParent(test).orElse(null);
                    above != null;
                    above = plan.getParent(above).orElse(null)) {
                names.insert(0, above.getDisplayName() + " / ");
            }
            System.out.println("red: " + result.getStatus() + "\t" + line(names.toString()) + "\t" + line(reason));
        }

        private static String line(String text) {
            return text.replaceAll("\\s+", " ").strip();
        }
    }
}
