// Probe of a Java runtime: what follows a faster clock. Run by gameday.run.clock_probe.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

public class Clock {
    interface Probe { void act() throws Exception; }

    static void tell(String name, double waited) {
        System.out.printf(java.util.Locale.ROOT, "%s %.3f %.3f%n", name, waited, System.currentTimeMillis() / 1e3);
        System.out.flush();
    }

    static void run(String name, Probe probe) throws Exception {
        long began = System.nanoTime();
        probe.act();
        tell(name, (System.nanoTime() - began) / 1e9);
    }

    static void socket(int ms) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
             Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            client.setSoTimeout(ms);
            client.getInputStream().read();
        } catch (SocketTimeoutException timedOut) {
            return;
        }
    }

    public static void main(String[] arguments) throws Exception {
        int ms = (int) (Double.parseDouble(arguments[0]) * 1000);
        tell("wall", 0);
        run("timer", () -> Thread.sleep(ms));
        run("socket", () -> socket(ms));
        run("lock", () -> new Semaphore(0).tryAcquire(ms, TimeUnit.MILLISECONDS));
        run("child", () -> new ProcessBuilder("sleep", String.valueOf(ms / 1000)).start().waitFor());
        System.exit(0);
    }
}
