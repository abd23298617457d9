// SPDX-License-Identifier: MIT
#include "shm/shm_region.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tendon::sim {

namespace {

constexpr std::uint32_t kPage = 4096;

struct flock one_byte(long at) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = at;
  lock.l_len = 1;
  return lock;
}

}  // namespace

std::unique_ptr<ShmRegion> ShmRegion::make(const std::string& path, std::uint32_t base,
                                           std::uint32_t memory_bytes, std::string* why) {
  std::unique_ptr<ShmRegion> region(new ShmRegion);
  const auto fail = [&](const std::string& file) {
    *why = file + ": " + std::strerror(errno);
    return nullptr;
  };
  region->path_ = path;
  region->draft_ = path + "." + std::to_string(::getpid()) + ".new";
  region->bytes_ = TENDON_SHM_HEADER_BYTES + std::size_t{memory_bytes};
  const char* draft = region->draft_.c_str();
  region->file_ = ::open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (region->file_ < 0 || ::ftruncate(region->file_, static_cast<off_t>(region->bytes_)) != 0) {
    return fail(region->draft_);
  }
  struct flock lock = one_byte(TENDON_SHM_LOCK_SERVER);
  if (::fcntl(region->file_, F_OFD_SETLK, &lock) != 0) {
    return fail(region->draft_);
  }
  void* mapped =
      ::mmap(nullptr, region->bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, region->file_, 0);
  if (mapped == MAP_FAILED) {
    return fail(region->draft_);
  }
  region->shared_ = static_cast<tendon_shm_t*>(mapped);
  tendon_shm_t& shared = *region->shared_;
  shared.version = TENDON_SHM_VERSION;
  shared.dma_offset = kPage;
  shared.dma_base = base;
  shared.dma_bytes = memory_bytes;
  return region;
}

ShmRegion::~ShmRegion() {
  if (shared_ != nullptr) {
    ::munmap(shared_, bytes_);
  }
  if (file_ < 0) {
    return;
  }
  ::unlink(draft_.c_str());
  // The name may meanwhile belong to a newer server.
  struct stat ours {};
  struct stat named {};
  if (::fstat(file_, &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
    ::unlink(path_.c_str());
  }
  ::close(file_);
}

std::span<std::uint8_t> ShmRegion::memory() {
  return {reinterpret_cast<std::uint8_t*>(shared_) + shared_->dma_offset, shared_->dma_bytes};
}

bool ShmRegion::publish(std::string* why) {
  __atomic_store_n(&shared_->magic, TENDON_SHM_MAGIC, __ATOMIC_RELEASE);
  if (std::rename(draft_.c_str(), path_.c_str()) == 0) {
    return true;
  }
  *why = path_ + ": " + std::strerror(errno);
  return false;
}

bool ShmRegion::has_client() const {
  struct flock lock = one_byte(TENDON_SHM_LOCK_CLIENT);
  return ::fcntl(file_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

}  // namespace tendon::sim
