// SPDX-License-Identifier: MIT
// Client of tendon_shm.h. Every wait is bounded: a server that dies is noticed by its lock, one
// that stops answering by time; both are bus errors, and later accesses fail at once.
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <new>

#include "hal/dma_pool.hpp"
#include "hal/options.hpp"
#include "tendon/tendon_shm.h"

namespace tendon::hal {
namespace {

constexpr int kSpins = 500;
constexpr long kSliceNs = 20'000'000;
constexpr std::uint64_t kDefaultTimeoutMs = 10'000;

std::uint32_t load(const std::uint32_t* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
void store(std::uint32_t* word, std::uint32_t x) { __atomic_store_n(word, x, __ATOMIC_SEQ_CST); }

// Any lock by another open file description on this byte?
bool is_locked(int file, long byte) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool take_lock(int file, long byte) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

class ShmHal : public Hal {
 public:
  ~ShmHal() override {
    if (shared_ != nullptr) munmap(shared_, bytes_);
    if (file_ >= 0) close(file_);
  }

  tendon_status_t attach(const char* path, std::uint64_t timeout_ms, Text* text);

  tendon_status_t read(std::uint32_t offset, std::uint32_t* value) override {
    const tendon_status_t status = call(TENDON_SHM_READ, offset, 0, 0);
    if (status == TENDON_OK) *value = shared_->data;
    return status;
  }
  tendon_status_t write(std::uint32_t offset, std::uint32_t value) override {
    return call(TENDON_SHM_WRITE, offset, value, 0);
  }
  tendon_status_t alloc(std::uint32_t bytes, tendon_dma_t* dma) override {
    return pool_.alloc(bytes, dma);
  }
  void free(tendon_dma_t* dma) override { pool_.free(dma); }
  tendon_status_t sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                       tendon_dma_direction_t direction) override;
  tendon_status_t wait(std::uint64_t timeout_us) override {
    return call(TENDON_SHM_WAIT, 0, 0, timeout_us);
  }
  std::uint64_t time_us() override { return __atomic_load_n(&shared_->time_us, __ATOMIC_ACQUIRE); }

 private:
  tendon_status_t call(std::uint32_t op, std::uint32_t offset, std::uint32_t value,
                       std::uint64_t timeout_us);
  tendon_status_t wait_reply();
  bool is_answered() const { return load(&shared_->reply) == sent_; }

  int file_ = -1;
  std::size_t bytes_ = 0;
  tendon_shm_t* shared_ = nullptr;
  std::uint8_t* device_ = nullptr;
  DmaPool pool_;
  std::uint32_t sent_ = 0;
  std::uint64_t timeout_us_ = 0;
  bool dead_ = false;
};

tendon_status_t ShmHal::attach(const char* path, std::uint64_t timeout_ms, Text* text) {
  timeout_us_ = timeout_ms * 1000;
  file_ = open(path, O_RDWR | O_CLOEXEC);
  struct stat info = {};
  if (file_ < 0 || fstat(file_, &info) != 0) {
    text->format("%s: %s", path, std::strerror(errno));
    return TENDON_E_IO;
  }
  bytes_ = static_cast<std::size_t>(info.st_size);
  if (bytes_ < TENDON_SHM_HEADER_BYTES) {
    text->format("%s: %zu bytes are no mailbox", path, bytes_);
    return TENDON_E_NO_DEVICE;
  }
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapped == MAP_FAILED) {
    text->format("%s: %s", path, std::strerror(errno));
    return TENDON_E_IO;
  }
  shared_ = static_cast<tendon_shm_t*>(mapped);
  const tendon_shm_t& s = *shared_;
  if (load(&s.magic) != TENDON_SHM_MAGIC || s.version != TENDON_SHM_VERSION) {
    text->format("%s: magic 0x%08X version %u, want 0x%08X version %u", path, load(&s.magic),
                 s.version, TENDON_SHM_MAGIC, TENDON_SHM_VERSION);
    return TENDON_E_NO_DEVICE;
  }
  if (s.dma_offset < TENDON_SHM_HEADER_BYTES || s.dma_base % 64 != 0 ||
      std::uint64_t{s.dma_offset} + s.dma_bytes > bytes_ ||
      std::uint64_t{s.dma_base} + s.dma_bytes > std::uint64_t{1} << 32) {
    text->format("%s: %u bytes of device memory at %u do not fit %zu", path, s.dma_bytes,
                 s.dma_offset, bytes_);
    return TENDON_E_NO_DEVICE;
  }
  if (!is_locked(file_, TENDON_SHM_LOCK_SERVER)) {
    text->format("%s: its server is dead", path);
    return TENDON_E_NO_DEVICE;
  }
  if (!take_lock(file_, TENDON_SHM_LOCK_CLIENT)) {
    text->format("%s: another program uses it", path);
    return TENDON_E_IO;
  }
  device_ = static_cast<std::uint8_t*>(mapped) + s.dma_offset;
  pool_.manage(s.dma_base, s.dma_bytes);
  // A client that died may have left a request; it is answered before ours.
  sent_ = load(&s.request);
  tendon_status_t status = wait_reply();
  if (status == TENDON_OK) status = call(TENDON_SHM_TIME, 0, 0, 0);
  if (status != TENDON_OK) text->format("%s: %s", path, trouble_.c_str());
  return status == TENDON_OK ? TENDON_OK : TENDON_E_NO_DEVICE;
}

tendon_status_t ShmHal::sync(const tendon_dma_t& dma, std::uint32_t offset, std::uint32_t bytes,
                             tendon_dma_direction_t direction) {
  std::uint8_t* cpu = nullptr;
  std::uint32_t at = 0;
  if (!pool_.find(dma, offset, bytes, &cpu, &at)) return TENDON_E_ARG;
  if (direction == TENDON_DMA_TO_DEVICE) {
    std::memcpy(device_ + at, cpu, bytes);
  } else {
    std::memcpy(cpu, device_ + at, bytes);
  }
  return TENDON_OK;
}

// A request that was not answered in time may still be: nothing new is asked before that.
tendon_status_t ShmHal::call(std::uint32_t op, std::uint32_t offset, std::uint32_t value,
                             std::uint64_t timeout_us) {
  if (dead_ || !is_answered()) return TENDON_E_BUS;
  if (op <= TENDON_SHM_WRITE && !is_register(offset)) {
    trouble_.format("no register at 0x%X", offset);
    return TENDON_E_BUS;
  }
  shared_->op = op;
  shared_->offset = offset;
  shared_->value = value;
  shared_->timeout_us = timeout_us;
  store(&shared_->request, ++sent_);
  if (load(&shared_->server_sleeps) != 0) {
    syscall(SYS_futex, &shared_->request, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  const tendon_status_t status = wait_reply();
  if (status != TENDON_OK) return status;
  const int answer = shared_->status;
  if (answer > TENDON_OK || answer < TENDON_E_IO) return TENDON_E_BUS;
  return static_cast<tendon_status_t>(answer);
}

tendon_status_t ShmHal::wait_reply() {
  for (int i = 0; i < kSpins; ++i) {
    if (is_answered()) return TENDON_OK;
  }
  std::uint64_t deadline = monotonic_us() + timeout_us_;
  std::uint64_t simulated = time_us();
  while (true) {
    store(&shared_->client_sleeps, 1);
    const std::uint32_t seen = load(&shared_->reply);
    if (seen != sent_) {
      const timespec slice = {0, kSliceNs};
      syscall(SYS_futex, &shared_->reply, FUTEX_WAIT, seen, &slice, nullptr, 0);
    }
    store(&shared_->client_sleeps, 0);
    if (is_answered()) return TENDON_OK;
    // The last thing a dying server did may have been to answer: hence behind the look at `reply`.
    if (!is_locked(file_, TENDON_SHM_LOCK_SERVER)) {
      if (is_answered()) return TENDON_OK;
      dead_ = true;
      trouble_.format("the simulating process died");
      return TENDON_E_BUS;
    }
    if (time_us() != simulated) {
      simulated = time_us();
      deadline = monotonic_us() + timeout_us_;
    }
    if (monotonic_us() >= deadline) {
      trouble_.format("the simulating process has not answered for %llu ms",
                      static_cast<unsigned long long>(timeout_us_ / 1000));
      return TENDON_E_BUS;
    }
  }
}

}  // namespace

std::unique_ptr<Hal> open_shm(const Options& options, tendon_status_t* status, Text* text) {
  constexpr const char* kNames[] = {"timeout_ms", nullptr};
  char path[256];
  std::uint64_t timeout_ms = kDefaultTimeoutMs;
  if (!options.word(0, path, sizeof(path)) || !options.only(kNames) ||
      !options.value("timeout_ms", &timeout_ms) || timeout_ms == 0) {
    text->format("want shm:PATH[,timeout_ms=N]");
    *status = TENDON_E_ARG;
    return nullptr;
  }
  std::unique_ptr<ShmHal> hal(new (std::nothrow) ShmHal);
  *status = hal == nullptr ? TENDON_E_MEMORY : hal->attach(path, timeout_ms, text);
  if (*status != TENDON_OK) return nullptr;
  return hal;
}

}  // namespace tendon::hal
