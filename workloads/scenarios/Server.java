import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An HTTP server that remembers its last 400 requests, 64 KiB each: Server PORT. */
public class Server {
    public static void main(String[] args) throws Exception {
        byte[][] kept = new byte[400][];
        AtomicInteger requests = new AtomicInteger();
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        HttpServer server = HttpServer.create(address, 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> {
            int number = requests.getAndIncrement();
            kept[number % kept.length] = new byte[65536];
            byte[] answer = (number + "\n").getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }
}
