// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstring>

#include "hal/options.hpp"
#include "tendon/tendon_hals.h"

namespace tendon::hal {
namespace {

struct Scheme {
  const char* name;
  std::unique_ptr<Hal> (*open)(const Options& options, tendon_status_t* status, Text* text);
};

constexpr Scheme kSchemes[] = {
    {"shm:", open_shm}, {"mem:", open_memory}, {"uio:", open_uio}, {"spi:", open_spi}};

std::unique_ptr<Hal> open(const char* uri, tendon_status_t* status, Text* text) {
  for (const Scheme& scheme : kSchemes) {
    const std::size_t length = std::strlen(scheme.name);
    if (std::strncmp(uri, scheme.name, length) != 0) continue;
    return scheme.open(Options(uri + length), status, text);
  }
  text->format("'%s' begins with none of shm: mem: uio: spi:", uri);
  *status = TENDON_E_ARG;
  return nullptr;
}

}  // namespace
}  // namespace tendon::hal

using namespace tendon::hal;

extern "C" tendon_status_t tendon_hal_open(const char* uri, tendon_hal_t* hal, char* text,
                                           size_t text_bytes) {
  if (uri == nullptr || hal == nullptr) return TENDON_E_ARG;
  Text why;
  tendon_status_t status = TENDON_OK;
  std::unique_ptr<Hal> opened = open(uri, &status, &why);
  if (text != nullptr && text_bytes > 0) std::snprintf(text, text_bytes, "%s", why.c_str());
  if (opened == nullptr) return status;
  *hal = opened.release()->seam();
  return TENDON_OK;
}

extern "C" void tendon_hal_close(tendon_hal_t* hal) {
  if (hal == nullptr) return;
  delete static_cast<Hal*>(hal->ctx);
  *hal = {};
}

extern "C" const char* tendon_hal_trouble(const tendon_hal_t* hal) {
  if (hal == nullptr || hal->ctx == nullptr) return "";
  return static_cast<const Hal*>(hal->ctx)->trouble().c_str();
}
