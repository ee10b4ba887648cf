import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * An HTTP server in Java with sessions in a static map.
 *
 * <p>java Server PORT leak|bounded: leak: no session ever ends; bounded: its twin, which keeps the latest.
 */
public class Server {
	private static final int SESSION_BYTES = 4096;
	private static Map<Integer, byte[]> sessions;
	private static int requests;

	private static synchronized int remember() {
		sessions.put(++requests, new byte[SESSION_BYTES]);
		return sessions.size();
	}

	private static Map<Integer, byte[]> map(int most) {
		return new LinkedHashMap<>() {
			@Override
			protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
				return size() > most;
			}
		};
	}

	public static void main(String[] args) throws Exception {
		sessions = map(args[1].equals("leak") ? Integer.MAX_VALUE : 300);
		HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 0);
		server.createContext("/", exchange -> {
			byte[] body = ("sessions " + remember() + "\n").getBytes();
			exchange.sendResponseHeaders(200, body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.setExecutor(Executors.newFixedThreadPool(2));
		server.start();
		System.out.println("listening");
	}
}
