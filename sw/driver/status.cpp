// SPDX-License-Identifier: MIT
#include "tendon/tendon.h"

extern "C" const char* tendon_strerror(tendon_status_t status) {
  switch (status) {
    case TENDON_OK:
      return "ok";
    case TENDON_E_ARG:
      return "bad argument";
    case TENDON_E_FORMAT:
      return "program file damaged or not legal";
    case TENDON_E_UNSUPPORTED:
      return "not supported by this device or build";
    case TENDON_E_MEMORY:
      return "memory too small";
    case TENDON_E_BUSY:
      return "a run is in progress";
    case TENDON_E_STATE:
      return "not loaded, not submitted or no result";
    case TENDON_E_NO_DEVICE:
      return "no device answers, or its ID is wrong";
    case TENDON_E_VERSION:
      return "device version not known";
    case TENDON_E_TIMEOUT:
      return "deadline passed, device was reset";
    case TENDON_E_DEVICE:
      return "device reported an error and was reset";
    case TENDON_E_BUS:
      return "register access failed";
    case TENDON_E_MISMATCH:
      return "device and CPU disagree, device was reset";
    case TENDON_E_CANCELLED:
      return "cancelled, device was reset";
    case TENDON_E_IO:
      return "file, link or operating system failed";
  }
  return "unknown status";
}

extern "C" const char* tendon_reason_name(uint32_t reason) {
  switch (reason) {
    case TENDON_REASON_NONE:
      return "on the accelerator";
    case TENDON_REASON_KIND:
      return "layer kind not in this accelerator";
    case TENDON_REASON_ROUNDING:
      return "rounding mode not in this accelerator";
    case TENDON_REASON_MEMORY:
      return "does not fit the accelerator's memories";
    case TENDON_REASON_RANGE:
      return "a descriptor field would overflow";
    case TENDON_REASON_NO_DEVICE:
      return "no device";
    case TENDON_REASON_NO_IMAGE:
      return "no image for this geometry in the program";
    case TENDON_REASON_POLICY:
      return "the caller asked for the CPU";
    case TENDON_REASON_SLOWER:
      return "the CPU is predicted to be faster";
    case TENDON_REASON_FAILED:
      return "the device failed, redone on the CPU";
    default:
      return "unknown reason";
  }
}
