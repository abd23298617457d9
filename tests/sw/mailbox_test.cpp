// SPDX-License-Identifier: MIT
// The shared-memory HAL against a mailbox that a thread of this test answers, or does not.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tendon/tendon_hals.h"
#include "tendon/tendon_regs.h"
#include "tendon/tendon_shm.h"

namespace tendon::test {
namespace {

constexpr std::uint32_t kMemory = 8192;

/// File, header and server lock; serve() answers with a register file.
class Mailbox {
 public:
  Mailbox() {
    file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(ftruncate(file_, TENDON_SHM_HEADER_BYTES + kMemory), 0);
    void* mapped = mmap(nullptr, TENDON_SHM_HEADER_BYTES + kMemory, PROT_READ | PROT_WRITE,
                        MAP_SHARED, file_, 0);
    shared = static_cast<tendon_shm_t*>(mapped);
    shared->version = TENDON_SHM_VERSION;
    shared->dma_offset = TENDON_SHM_HEADER_BYTES;
    shared->dma_base = 4096;
    shared->dma_bytes = kMemory;
    shared->magic = TENDON_SHM_MAGIC;
    lock(F_WRLCK);
  }
  ~Mailbox() {
    stop();
    munmap(shared, TENDON_SHM_HEADER_BYTES + kMemory);
    close(file_);
    unlink(path_.c_str());
  }

  void lock(short type) {
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = TENDON_SHM_LOCK_SERVER;
    lock.l_len = 1;
    EXPECT_EQ(fcntl(file_, F_OFD_SETLK, &lock), 0);
  }

  void serve() {
    running_ = true;
    thread_ = std::thread([this] {
      while (running_) {
        const std::uint32_t asked = __atomic_load_n(&shared->request, __ATOMIC_SEQ_CST);
        if (asked == shared->reply) {
          std::this_thread::yield();
          continue;
        }
        answer();
        __atomic_store_n(&shared->reply, asked, __ATOMIC_SEQ_CST);
      }
    });
  }
  void stop() {
    running_ = false;
    if (thread_.joinable()) thread_.join();
  }

  const std::string& path() const { return path_; }
  std::uint8_t* device() { return reinterpret_cast<std::uint8_t*>(shared) + shared->dma_offset; }

  tendon_shm_t* shared = nullptr;
  std::atomic<int> status = TENDON_OK;

 private:
  void answer() {
    shared->status = status;
    if (shared->op == TENDON_SHM_READ) shared->data = registers_[shared->offset / 4];
    if (shared->op == TENDON_SHM_WRITE) registers_[shared->offset / 4] = shared->value;
    __atomic_fetch_add(&shared->time_us, 5, __ATOMIC_RELEASE);
  }

  std::string path_ = testing::TempDir() + "mailbox" + std::to_string(getpid());
  int file_ = -1;
  std::thread thread_;
  std::atomic<bool> running_ = false;
  std::uint32_t registers_[1024] = {};
};

class MailboxTest : public testing::Test {
 protected:
  ~MailboxTest() override { tendon_hal_close(&hal_); }
  tendon_status_t attach(const std::string& options = ",timeout_ms=50") {
    return tendon_hal_open(("shm:" + box_.path() + options).c_str(), &hal_, text_, sizeof(text_));
  }
  void expect_refused(tendon_status_t status, const std::string& says) {
    EXPECT_EQ(attach(), status);
    EXPECT_NE(std::string(text_).find(says), std::string::npos) << text_;
  }

  Mailbox box_;
  tendon_hal_t hal_ = {};
  char text_[256] = "";
};

TEST_F(MailboxTest, RegistersMemoryInterruptAndTime) {
  box_.serve();
  ASSERT_EQ(attach(), TENDON_OK) << text_;
  std::uint32_t value = 0;
  ASSERT_EQ(hal_.reg_write(hal_.ctx, TENDON_SCRATCH_OFFSET, 9), TENDON_OK);
  ASSERT_EQ(hal_.reg_read(hal_.ctx, TENDON_SCRATCH_OFFSET, &value), TENDON_OK);
  EXPECT_EQ(value, 9u);
  EXPECT_EQ(hal_.reg_read(hal_.ctx, 2, &value), TENDON_E_BUS);
  EXPECT_EQ(hal_.irq_wait(hal_.ctx, 10), TENDON_OK);
  EXPECT_GT(hal_.time_us(hal_.ctx), 0u);
  tendon_dma_t dma = {};
  ASSERT_EQ(hal_.dma_alloc(hal_.ctx, 100, &dma), TENDON_OK);
  auto* cpu = static_cast<std::uint8_t*>(dma.cpu);
  cpu[99] = 42;
  ASSERT_EQ(hal_.dma_sync(hal_.ctx, &dma, 0, 100, TENDON_DMA_TO_DEVICE), TENDON_OK);
  EXPECT_EQ(box_.device()[dma.bus - 4096 + 99], 42);
  cpu[99] = 0;
  ASSERT_EQ(hal_.dma_sync(hal_.ctx, &dma, 99, 1, TENDON_DMA_FROM_DEVICE), TENDON_OK);
  EXPECT_EQ(cpu[99], 42);
  EXPECT_EQ(hal_.dma_sync(hal_.ctx, &dma, 99, 2, TENDON_DMA_TO_DEVICE), TENDON_E_ARG);
  hal_.dma_free(hal_.ctx, &dma);
}

TEST_F(MailboxTest, ErrorsOfTheServerArriveAndWhatIsNoStatusIsABusError) {
  box_.serve();
  ASSERT_EQ(attach(), TENDON_OK) << text_;
  std::uint32_t value = 0;
  for (const tendon_status_t status : {TENDON_E_BUS, TENDON_E_TIMEOUT, TENDON_E_IO}) {
    box_.status = status;
    EXPECT_EQ(hal_.reg_read(hal_.ctx, 0, &value), status);
  }
  for (const int nonsense : {1, -1000}) {
    box_.status = nonsense;
    EXPECT_EQ(hal_.reg_read(hal_.ctx, 0, &value), TENDON_E_BUS);
  }
}

TEST_F(MailboxTest, OneClientAtATime) {
  box_.serve();
  ASSERT_EQ(attach(), TENDON_OK) << text_;
  tendon_hal_t other = {};
  EXPECT_EQ(tendon_hal_open(("shm:" + box_.path()).c_str(), &other, text_, sizeof(text_)),
            TENDON_E_IO);
  EXPECT_NE(std::string(text_).find("another program"), std::string::npos) << text_;
}

TEST_F(MailboxTest, AServerThatStopsAnsweringOrDiesIsABusError) {
  box_.serve();
  ASSERT_EQ(attach(), TENDON_OK) << text_;
  box_.stop();
  std::uint32_t value = 0;
  EXPECT_EQ(hal_.reg_read(hal_.ctx, 0, &value), TENDON_E_BUS);
  EXPECT_NE(std::string(tendon_hal_trouble(&hal_)).find("not answered for 50 ms"),
            std::string::npos);
  // Nothing new is asked before the old request has its answer.
  const std::uint32_t asked = box_.shared->request;
  EXPECT_EQ(hal_.reg_write(hal_.ctx, 0, 1), TENDON_E_BUS);
  EXPECT_EQ(box_.shared->request, asked);
  box_.shared->reply = box_.shared->request;
  box_.lock(F_UNLCK);
  EXPECT_EQ(hal_.reg_read(hal_.ctx, 0, &value), TENDON_E_BUS);
  EXPECT_NE(std::string(tendon_hal_trouble(&hal_)).find("process died"), std::string::npos);
  EXPECT_EQ(hal_.irq_wait(hal_.ctx, 1), TENDON_E_BUS);
}

TEST_F(MailboxTest, WhatIsNoMailboxIsNamed) {
  box_.shared->version = 7;
  expect_refused(TENDON_E_NO_DEVICE, "version 7");
  box_.shared->version = TENDON_SHM_VERSION;
  box_.shared->dma_bytes = kMemory + 1;
  expect_refused(TENDON_E_NO_DEVICE, "do not fit");
  box_.shared->dma_bytes = kMemory;
  box_.lock(F_UNLCK);
  expect_refused(TENDON_E_NO_DEVICE, "its server is dead");
  box_.lock(F_WRLCK);
  // Alive, but silent.
  expect_refused(TENDON_E_NO_DEVICE, "not answered");
  EXPECT_EQ(attach(",timeout_ms=0"), TENDON_E_ARG);
  EXPECT_EQ(attach(",speed=1"), TENDON_E_ARG);
  std::ofstream(box_.path() + ".short") << "short";
  EXPECT_EQ(tendon_hal_open(("shm:" + box_.path() + ".short").c_str(), &hal_, text_, sizeof(text_)),
            TENDON_E_NO_DEVICE);
  EXPECT_NE(std::string(text_).find("5 bytes are no mailbox"), std::string::npos) << text_;
  unlink((box_.path() + ".short").c_str());
  EXPECT_EQ(tendon_hal_open("shm:/no/such/file", &hal_, text_, sizeof(text_)), TENDON_E_IO);
}

}  // namespace
}  // namespace tendon::test
