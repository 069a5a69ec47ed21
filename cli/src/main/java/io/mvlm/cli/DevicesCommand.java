package io.mvlm.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.mvlm.core.ComputeDevice;
import io.mvlm.model.Backends;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "devices", description = "List the devices that --backend opencl can use.")
final class DevicesCommand implements Callable<Integer> {
  private final CliIo io;

  @Option(names = "--json", description = "Print one JSON array.")
  private boolean json;

  @Mixin
  private UnusedEngineOptions engine;

  DevicesCommand(CliIo io) {
    this.io = io;
  }

  @Override
  public Integer call() {
    Map<String, List<ComputeDevice>> devices = Backends.devices();
    if (json) {
      JsonArray array = new JsonArray();
      devices.forEach((backend, own) -> own.forEach(device -> array.add(object(backend, device))));
      io.out().print(array + "\n");
    } else {
      devices.forEach((backend, own) -> own.forEach(device -> io.out().print(paragraph(backend, device))));
    }
    return ExitCode.OK;
  }

  private static String paragraph(String backend, ComputeDevice device) {
    return backend + " " + device.index() + ": " + Printable.line(device.name()) + "\n"
        + "  platform    " + Printable.line(device.platform()) + ", driver " + Printable.line(device.driver()) + ", "
        + Printable.line(device.version()) + "\n"
        + "  kind        " + device.kind() + ", " + device.computeUnits()
        + (device.computeUnits() == 1 ? " compute unit\n" : " compute units\n")
        + "  memory      " + (device.memoryBytes() >> 20) + " MB" + (device.unifiedMemory() ? ", shared with the processor" : "")
        + ", at most " + (device.largestBufferBytes() >> 20) + " MB in one buffer\n"
        + "  extensions  " + Printable.line(String.join(" ", device.extensions())) + "\n";
  }

  private static JsonObject object(String backend, ComputeDevice device) {
    JsonObject object = new JsonObject();
    object.addProperty("backend", backend);
    object.addProperty("index", device.index());
    object.addProperty("platform", device.platform());
    object.addProperty("name", device.name());
    object.addProperty("kind", device.kind());
    object.addProperty("version", device.version());
    object.addProperty("driver", device.driver());
    object.addProperty("compute_units", device.computeUnits());
    object.addProperty("memory_bytes", device.memoryBytes());
    object.addProperty("largest_buffer_bytes", device.largestBufferBytes());
    object.addProperty("unified_memory", device.unifiedMemory());
    JsonArray extensions = new JsonArray();
    device.extensions().forEach(extensions::add);
    object.add("extensions", extensions);
    return object;
  }
}
