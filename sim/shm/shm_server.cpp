// SPDX-License-Identifier: MIT
#include "shm/shm_server.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace tendon::sim {

namespace {

constexpr int kSpins = 500;
constexpr long kSliceNs = 50'000'000;
// Simulated time between two looks at `stop` and at the client, in a wait.
constexpr std::uint64_t kWaitSliceUs = 200;

std::uint32_t load(const std::uint32_t* word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }
void store(std::uint32_t* word, std::uint32_t x) { __atomic_store_n(word, x, __ATOMIC_SEQ_CST); }

}  // namespace

void ShmServer::serve(const std::atomic<bool>& stop) {
  tendon_shm_t& s = region_.shared();
  publish_time();
  while (!stop) {
    for (int i = 0; i < kSpins && load(&s.request) == s.reply; ++i) {
    }
    if (load(&s.request) == s.reply) {
      store(&s.server_sleeps, 1);
      if (load(&s.request) == s.reply) {
        const std::timespec slice = {0, kSliceNs};
        ::syscall(SYS_futex, &s.request, FUTEX_WAIT, s.reply, &slice, nullptr, 0);
      }
      store(&s.server_sleeps, 0);
    }
    if (load(&s.request) != s.reply) {
      answer(stop);
    }
  }
}

void ShmServer::answer(const std::atomic<bool>& stop) {
  tendon_shm_t& s = region_.shared();
  tendon_status_t status = TENDON_E_ARG;
  switch (s.op) {
    case TENDON_SHM_READ: {
      std::uint32_t data = 0;
      status = device_.reg_read(device_.ctx, s.offset, &data);
      s.data = data;
      break;
    }
    case TENDON_SHM_WRITE:
      status = device_.reg_write(device_.ctx, s.offset, s.value);
      break;
    case TENDON_SHM_WAIT:
      status = wait_interrupt(s.timeout_us, stop);
      break;
    case TENDON_SHM_TIME:
      status = TENDON_OK;
      break;
    default:
      break;
  }
  publish_time();
  s.status = status;
  s.requests = ++requests_;
  store(&s.reply, load(&s.request));
  if (load(&s.client_sleeps) != 0) {
    ::syscall(SYS_futex, &s.reply, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
}

tendon_status_t ShmServer::wait_interrupt(std::uint64_t timeout_us, const std::atomic<bool>& stop) {
  std::uint64_t left = timeout_us;
  while (true) {
    const std::uint64_t slice = std::min(left, kWaitSliceUs);
    const tendon_status_t status = device_.irq_wait(device_.ctx, slice);
    left -= slice;
    publish_time();
    if (status != TENDON_E_TIMEOUT || left == 0 || stop || !region_.has_client()) {
      return status;
    }
  }
}

void ShmServer::publish_time() {
  __atomic_store_n(&region_.shared().time_us, device_.time_us(device_.ctx), __ATOMIC_RELEASE);
}

}  // namespace tendon::sim
