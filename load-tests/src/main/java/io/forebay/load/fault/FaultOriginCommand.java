package io.forebay.load.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Runs the origin for people: {@code scripts/fault-origin [PORT]}. */
public final class FaultOriginCommand {
    private static final int PORT = 4299;

    private FaultOriginCommand() {}

    /**
     * Starts it and stays.
     *
     * @param arguments the port, {@value #PORT} when there is none
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : PORT;
        try (FaultOrigin origin = FaultOrigin.start(port)) {
            Path authority = Files.createTempFile("fault-origin", ".pem");
            Files.writeString(authority, origin.authority());
            System.out.println(origin.url() + "/bare and /listed (type cran), / (type pypi); control: " + origin.url()
                    + "/_control/");
            for (BadCertificate kind : BadCertificate.values()) {
                System.out.println("https://127.0.0.1:" + origin.secure(kind) + "/bare  certificate: " + kind);
            }
            System.out.println("authority of the certificates: " + authority);
            System.out.println("faults: " + String.join(" ", FaultOrigin.names()));
            new CountDownLatch(1).await();
        }
    }
}
