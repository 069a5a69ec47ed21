package io.mvlm.core;

import java.util.List;

/**
 * A device that a backend can compute on, as its driver describes it.
 *
 * @param index its number among the devices of its backend, from 0
 * @param platform the driver's name
 * @param name the device's name
 * @param kind for example {@code GPU} or {@code CPU}
 * @param version what it speaks, for example {@code OpenCL 3.0}
 * @param driver version of the driver
 * @param computeUnits units that work side by side
 * @param memoryBytes its memory
 * @param largestBufferBytes the largest piece of it in one allocation
 * @param unifiedMemory whether its memory is the processor's
 * @param extensions what it can do beyond the version
 */
public record ComputeDevice(int index, String platform, String name, String kind, String version, String driver, int computeUnits,
    long memoryBytes, long largestBufferBytes, boolean unifiedMemory, List<String> extensions) {}
