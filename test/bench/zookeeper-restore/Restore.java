// What a ZooKeeper server does before it serves: snapshot and logs into its tree in memory. Prints what it took without starting up.
import com.sun.management.OperatingSystemMXBean;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

public class Restore {
    public static void main(String[] args) throws Exception {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        FileTxnSnapLog files = new FileTxnSnapLog(new File(args[0], "transactions"), new File(args[0], "snapshot"));
        DataTree tree = new DataTree();
        long cpu = system.getProcessCpuTime();
        long zxid = files.restore(tree, new ConcurrentHashMap<>(), (header, record, digest) -> {});
        long used = (system.getProcessCpuTime() - cpu) / 1_000_000;
        System.out.printf("{\"cpuMs\":%d,\"count\":%d,\"at\":\"0x%x\"}%n", used, tree.getNodeCount(), zxid);
    }
}
