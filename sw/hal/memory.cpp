// SPDX-License-Identifier: MIT
// Memory-mapped accelerator from user space: /dev/mem, or a UIO device. The DMA memory is a
// carve-out that nobody else uses, mapped uncached; programs work on ordinary cached copies, and
// dma_sync moves bytes between the two. So no cache instruction is needed, which a C906 refuses to
// user mode anyway.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <new>

#include "hal/dma_pool.hpp"
#include "hal/options.hpp"
#include "tendon/tendon_regs.h"

namespace tendon::hal {
namespace {

constexpr long kPollNs = 20'000;  // between two looks at IRQ_STATUS when there is no interrupt

/// A mapped piece of a file.
class Mapping {
 public:
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (at_ != nullptr) munmap(at_, bytes_);
  }
  bool map(int file, std::uint64_t offset, std::size_t bytes) {
    void* at =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, static_cast<off_t>(offset));
    if (at == MAP_FAILED) return false;
    at_ = static_cast<std::uint8_t*>(at);
    bytes_ = bytes;
    return true;
  }
  std::uint8_t* data() const { return at_; }

 private:
  std::uint8_t* at_ = nullptr;
  std::size_t bytes_ = 0;
};

class MappedHal : public Hal {
 public:
  ~MappedHal() override {
    if (file_ >= 0) close(file_);
  }

  bool open_file(const char* path, Text* text) {
    // O_SYNC: uncached on /dev/mem.
    file_ = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
    if (file_ < 0) text->format("%s: %s", path, std::strerror(errno));
    return file_ >= 0;
  }
  /// Offsets in the file; `bus` is the device's address of the DMA memory.
  bool map(std::uint64_t registers, std::uint64_t dma, std::uint32_t bytes, std::uint32_t bus,
           Text* text) {
    // Behind the end of an ordinary file a mapping is made but kills who touches it.
    struct stat info = {};
    const bool ordinary = fstat(file_, &info) == 0 && S_ISREG(info.st_mode);
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (ordinary && (registers + TENDON_REGS_BYTES > size || dma + bytes > size)) {
      text->format("the file has %llu bytes, the map ends behind",
                   static_cast<unsigned long long>(size));
      return false;
    }
    if (!registers_.map(file_, registers, TENDON_REGS_BYTES) || !dma_.map(file_, dma, bytes)) {
      text->format("mapping 0x%llX and 0x%llX: %s", static_cast<unsigned long long>(registers),
                   static_cast<unsigned long long>(dma), std::strerror(errno));
      return false;
    }
    pool_.manage(bus, bytes);
    return true;
  }
  void use_interrupt() { has_interrupt_ = true; }

  tendon_status_t read(std::uint32_t offset, std::uint32_t* value) override {
    if (!is_register(offset)) return refuse(offset);
    *value = *word(offset);
    return TENDON_OK;
  }
  tendon_status_t write(std::uint32_t offset, std::uint32_t value) override {
    if (!is_register(offset)) return refuse(offset);
    // What the processor put into DMA memory is there before the doorbell is.
    __sync_synchronize();
    *word(offset) = value;
    return TENDON_OK;
  }
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma) override {
    return pool_.alloc(bytes, dma);
  }
  void free(tendon_dma_t* dma) override { pool_.free(dma); }
  tendon_status_t sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                       tendon_dma_direction_t direction) override {
    std::uint8_t* cpu = nullptr;
    std::uint32_t at = 0;
    if (!pool_.find(dma, offset, bytes, &cpu, &at)) return TENDON_E_ARG;
    __sync_synchronize();
    if (direction == TENDON_DMA_TO_DEVICE) {
      std::memcpy(dma_.data() + at, cpu, bytes);
    } else {
      std::memcpy(cpu, dma_.data() + at, bytes);
    }
    __sync_synchronize();
    return TENDON_OK;
  }
  tendon_status_t wait(std::uint64_t timeout_us) override {
    return has_interrupt_ ? wait_interrupt(timeout_us) : wait_pending(timeout_us);
  }
  std::uint64_t time_us() override { return monotonic_us(); }

 private:
  volatile std::uint32_t* word(std::uint32_t offset) const {
    return reinterpret_cast<volatile std::uint32_t*>(registers_.data() + offset);
  }
  tendon_status_t refuse(std::uint32_t offset) {
    trouble_.format("no register at 0x%X", offset);
    return TENDON_E_BUS;
  }
  bool is_pending() const {
    return (*word(TENDON_IRQ_STATUS_OFFSET) & *word(TENDON_IRQ_EN_OFFSET)) != 0;
  }
  tendon_status_t wait_pending(std::uint64_t timeout_us) {
    const std::uint64_t end = monotonic_us() + timeout_us;
    while (!is_pending()) {
      if (monotonic_us() >= end) return TENDON_E_TIMEOUT;
      const timespec pause = {0, kPollNs};
      nanosleep(&pause, nullptr);
    }
    return TENDON_OK;
  }
  // UIO: writing 1 unmasks the line, reading consumes the event.
  tendon_status_t wait_interrupt(std::uint64_t timeout_us) {
    const std::int32_t unmask = 1;
    if (::write(file_, &unmask, sizeof(unmask)) != sizeof(unmask)) {
      trouble_.format("unmasking the interrupt: %s", std::strerror(errno));
      return TENDON_E_IO;
    }
    pollfd ready = {file_, POLLIN, 0};
    const timespec limit = {static_cast<time_t>(timeout_us / 1000000),
                            static_cast<long>(timeout_us % 1000000) * 1000};
    const int events = ppoll(&ready, 1, &limit, nullptr);
    if (events == 0) return TENDON_E_TIMEOUT;
    std::int32_t count = 0;
    if (events < 0 || ::read(file_, &count, sizeof(count)) != sizeof(count)) {
      if (errno == EINTR) return TENDON_OK;
      trouble_.format("waiting for the interrupt: %s", std::strerror(errno));
      return TENDON_E_IO;
    }
    return TENDON_OK;
  }

  int file_ = -1;
  Mapping registers_;
  Mapping dma_;
  DmaPool pool_;
  bool has_interrupt_ = false;
};

bool is_legal_range(std::uint64_t registers, std::uint64_t dma, std::uint64_t bytes,
                    std::uint64_t bus) {
  return registers % 4096 == 0 && dma % 4096 == 0 && bus % 64 == 0 && bytes >= 64 &&
         bytes <= 0x80000000u && bus + bytes <= std::uint64_t{1} << 32;
}

/// /sys/class/uio/uioN/maps/mapM/{addr,size}
bool read_map(const char* sysfs, const char* name, int map, const char* what, std::uint64_t* value,
              Text* text) {
  char path[320];
  std::snprintf(path, sizeof(path), "%s/%s/maps/map%d/%s", sysfs, name, map, what);
  std::FILE* file = std::fopen(path, "r");
  char line[32] = "";
  const bool read = file != nullptr && std::fgets(line, sizeof(line), file) != nullptr;
  if (file != nullptr) std::fclose(file);
  line[std::strcspn(line, "\n")] = '\0';
  if (read && parse_number(line, value)) return true;
  text->format("%s: '%s' is no number", path, line);
  return false;
}

}  // namespace

std::unique_ptr<Hal> open_memory(const Options& options, tendon_status_t* status, Text* text) {
  constexpr const char* kNames[] = {"bus", "path", nullptr};
  std::uint64_t registers = 0;
  std::uint64_t dma = 0;
  std::uint64_t bytes = 0;
  char path[256] = "/dev/mem";
  *status = TENDON_E_ARG;
  const bool complete = options.number(0, &registers) && options.number(1, &dma) &&
                        options.number(2, &bytes) && options.only(kNames);
  std::uint64_t bus = dma;
  if (!complete || !options.value("bus", &bus) || !options.value("path", path, sizeof(path)) ||
      !is_legal_range(registers, dma, bytes, bus)) {
    text->format(
        "want mem:REGS,DMA,BYTES[,bus=A][,path=F], pages of 4096, bus addresses of 32 bits");
    return nullptr;
  }
  std::unique_ptr<MappedHal> hal(new (std::nothrow) MappedHal);
  *status = hal == nullptr ? TENDON_E_MEMORY : TENDON_E_IO;
  if (hal == nullptr || !hal->open_file(path, text) ||
      !hal->map(registers, dma, static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(bus),
                text)) {
    return nullptr;
  }
  *status = TENDON_OK;
  return hal;
}

std::unique_ptr<Hal> open_uio(const Options& options, tendon_status_t* status, Text* text) {
  constexpr const char* kNames[] = {"sysfs", nullptr};
  char path[256];
  char sysfs[256] = "/sys/class/uio";
  *status = TENDON_E_ARG;
  if (!options.word(0, path, sizeof(path)) || !options.only(kNames) ||
      !options.value("sysfs", sysfs, sizeof(sysfs))) {
    text->format("want uio:/dev/uioN[,sysfs=DIR]");
    return nullptr;
  }
  const char* slash = std::strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  std::uint64_t bus = 0;
  std::uint64_t bytes = 0;
  std::unique_ptr<MappedHal> hal(new (std::nothrow) MappedHal);
  *status = hal == nullptr ? TENDON_E_MEMORY : TENDON_E_IO;
  if (hal == nullptr || !hal->open_file(path, text) ||
      !read_map(sysfs, name, 1, "addr", &bus, text) ||
      !read_map(sysfs, name, 1, "size", &bytes, text)) {
    return nullptr;
  }
  if (!is_legal_range(0, 0, bytes, bus)) {
    text->format("%s: map 1 of 0x%llX bytes at 0x%llX is no DMA memory", path,
                 static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(bus));
    return nullptr;
  }
  // UIO: map N is at offset N pages.
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (!hal->map(0, page, static_cast<std::uint32_t>(bytes), static_cast<std::uint32_t>(bus),
                text)) {
    return nullptr;
  }
  hal->use_interrupt();
  *status = TENDON_OK;
  return hal;
}

}  // namespace tendon::hal
