// Names of the vector unit's dialect, for compilers that do not know it: enough to read code that uses them, and nothing
// that could run. Every operation calls a function that exists nowhere, so that what uses one cannot become an executable.
#pragma once

#include <cstdint>
#include <type_traits>

#define sfpi_inline inline __attribute__((always_inline))
#define sfpi_test_noinline __attribute__((noinline))

extern "C" void op_pipeline_needs_the_vendor_compiler();

namespace sfpi {

struct Any {};

template <int Kind>
struct Vector : Any {
    Vector() = default;
    Vector(const Vector&) = default;
    template <class... T>
    Vector(const T&...) { op_pipeline_needs_the_vendor_compiler(); }
    Vector& operator=(const Vector&) = default;
    template <class T>
    Vector& operator=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator+=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator-=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator*=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator&=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator|=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator^=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator<<=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> Vector& operator>>=(const T&) { op_pipeline_needs_the_vendor_compiler(); return *this; }
    Vector& operator++() { return *this; }
    Vector operator++(int) { return *this; }
    Vector& operator--() { return *this; }
    Vector operator--(int) { return *this; }
    template <class T> Vector& operator[](const T&) { return *this; }
    template <auto... Options, class... T> Vector& mode(const T&...) { return *this; }
    template <class... T> void in_use(const T&...) const {}
    template <class T> static Vector load(const T&) { return {}; }
    template <class... T> Vector store(const T&...) const { return *this; }
    int get() const { return 0; }
};

template <class T>
constexpr bool is_vector = std::is_base_of_v<Any, std::remove_cv_t<std::remove_reference_t<T>>>;

using vFloat = Vector<0>;
using vInt = Vector<1>;
using vUInt = Vector<2>;
using vMag = Vector<3>;
using vSMag = Vector<4>;
using vBool = Vector<5>;
using vFloat16a = Vector<6>;
using vFloat16b = Vector<7>;
using vUInt16 = Vector<8>;
using vUInt8 = Vector<9>;
using vSMag16 = Vector<10>;
using vSMag8 = Vector<11>;
using vLut16ss = Vector<12>;
using vLut16ii = Vector<13>;
using vLut8si = Vector<14>;
using sFloat16a = Vector<15>;
using sFloat16b = Vector<16>;
using vCond = Vector<5>;
using vInt16 = Vector<17>;
using vInt8 = Vector<18>;

#define OP_PIPELINE_VECTOR_OPERATOR(op)                                                                    \
    template <class A, class B, class = std::enable_if_t<is_vector<A> || is_vector<B>>>                    \
    auto operator op(const A&, const B&) {                                                                 \
        op_pipeline_needs_the_vendor_compiler();                                                           \
        return std::conditional_t<is_vector<A>, A, B>{};                                                   \
    }
OP_PIPELINE_VECTOR_OPERATOR(+)
OP_PIPELINE_VECTOR_OPERATOR(-)
OP_PIPELINE_VECTOR_OPERATOR(*)
OP_PIPELINE_VECTOR_OPERATOR(/)
OP_PIPELINE_VECTOR_OPERATOR(&)
OP_PIPELINE_VECTOR_OPERATOR(|)
OP_PIPELINE_VECTOR_OPERATOR(^)
OP_PIPELINE_VECTOR_OPERATOR(<<)
OP_PIPELINE_VECTOR_OPERATOR(>>)
#undef OP_PIPELINE_VECTOR_OPERATOR

#define OP_PIPELINE_VECTOR_CONDITION(op)                                                                   \
    template <class A, class B, class = std::enable_if_t<is_vector<A> || is_vector<B>>>                    \
    vBool operator op(const A&, const B&) {                                                                \
        op_pipeline_needs_the_vendor_compiler();                                                           \
        return {};                                                                                         \
    }
OP_PIPELINE_VECTOR_CONDITION(==)
OP_PIPELINE_VECTOR_CONDITION(!=)
OP_PIPELINE_VECTOR_CONDITION(<)
OP_PIPELINE_VECTOR_CONDITION(<=)
OP_PIPELINE_VECTOR_CONDITION(>)
OP_PIPELINE_VECTOR_CONDITION(>=)
OP_PIPELINE_VECTOR_CONDITION(&&)
OP_PIPELINE_VECTOR_CONDITION(||)
#undef OP_PIPELINE_VECTOR_CONDITION

template <class A, class = std::enable_if_t<is_vector<A>>> A operator-(const A& a) { op_pipeline_needs_the_vendor_compiler(); return a; }
template <class A, class = std::enable_if_t<is_vector<A>>> A operator~(const A& a) { op_pipeline_needs_the_vendor_compiler(); return a; }
template <class A, class = std::enable_if_t<is_vector<A>>> vBool operator!(const A&) { op_pipeline_needs_the_vendor_compiler(); return {}; }

#define OP_PIPELINE_VECTOR_FUNCTION(name)              \
    template <auto... Options, class A, class... B>    \
    std::conditional_t<is_vector<A>, A, vFloat> name(const A&, const B&...) {  \
        op_pipeline_needs_the_vendor_compiler();       \
        return {};                                     \
    }
OP_PIPELINE_VECTOR_FUNCTION(abs)
OP_PIPELINE_VECTOR_FUNCTION(copysgn)
OP_PIPELINE_VECTOR_FUNCTION(copyman)
OP_PIPELINE_VECTOR_FUNCTION(setexp)
OP_PIPELINE_VECTOR_FUNCTION(setsgn)
OP_PIPELINE_VECTOR_FUNCTION(setsgn2)
OP_PIPELINE_VECTOR_FUNCTION(setman)
OP_PIPELINE_VECTOR_FUNCTION(addexp)
OP_PIPELINE_VECTOR_FUNCTION(shft)
OP_PIPELINE_VECTOR_FUNCTION(min)
OP_PIPELINE_VECTOR_FUNCTION(max)
OP_PIPELINE_VECTOR_FUNCTION(clamp)
OP_PIPELINE_VECTOR_FUNCTION(symmetric_clamp)
OP_PIPELINE_VECTOR_FUNCTION(lut)
OP_PIPELINE_VECTOR_FUNCTION(lut2)
OP_PIPELINE_VECTOR_FUNCTION(nearby)
OP_PIPELINE_VECTOR_FUNCTION(reinterpret_vector)
#undef OP_PIPELINE_VECTOR_FUNCTION

#define OP_PIPELINE_VECTOR_TO(name, result)       \
    template <auto... Options, class A, class... B> \
    result name(const A&, const B&...) {          \
        op_pipeline_needs_the_vendor_compiler();  \
        return {};                                \
    }
OP_PIPELINE_VECTOR_TO(exexp, vInt)
OP_PIPELINE_VECTOR_TO(exexp_nodebias, vInt)
OP_PIPELINE_VECTOR_TO(exman, vInt)
OP_PIPELINE_VECTOR_TO(exman8, vInt)
OP_PIPELINE_VECTOR_TO(exman9, vInt)
OP_PIPELINE_VECTOR_TO(lz, vInt)
OP_PIPELINE_VECTOR_TO(lz_nosgn, vInt)
OP_PIPELINE_VECTOR_TO(is_inf, vBool)
OP_PIPELINE_VECTOR_TO(is_nan, vBool)
OP_PIPELINE_VECTOR_TO(is_finite, vBool)
OP_PIPELINE_VECTOR_TO(is_pos, vBool)
OP_PIPELINE_VECTOR_TO(is_neg, vBool)
#undef OP_PIPELINE_VECTOR_TO

template <class To, auto... Options, class... A> To as(const A&...) { op_pipeline_needs_the_vendor_compiler(); return {}; }
template <class To, auto... Options, class... A> To convert(const A&...) { op_pipeline_needs_the_vendor_compiler(); return {}; }
template <class To, class A> To reinterpret(const A&) { op_pipeline_needs_the_vendor_compiler(); return {}; }
struct Two {
    vFloat first, second;
};

template <class... A>
Two min_max(const A&...) {
    op_pipeline_needs_the_vendor_compiler();
    return {};
}
template <class A, class B> void vec_swap(A&, B&) { op_pipeline_needs_the_vendor_compiler(); }
template <class A, class B> void vec_min_max(A&, B&) { op_pipeline_needs_the_vendor_compiler(); }
template <auto... Options, class... A> void subvec_transp(A&...) { op_pipeline_needs_the_vendor_compiler(); }
struct lreg_pressure {};


struct Destination {
    template <class T> vFloat& operator[](const T&) const {
        op_pipeline_needs_the_vendor_compiler();
        static vFloat* nowhere = nullptr;
        return *nowhere;
    }
    Destination operator++(int) const { op_pipeline_needs_the_vendor_compiler(); return {}; }
    const Destination& operator++() const { op_pipeline_needs_the_vendor_compiler(); return *this; }
    template <class T> const Destination& operator+=(const T&) const { op_pipeline_needs_the_vendor_compiler(); return *this; }
};
inline constexpr Destination dst_reg{};
inline Destination l_reg{};
inline vFloat vConst0, vConst1, vConstNeg1, vConst0p8373, vConstFloatPrgm0, vConstFloatPrgm1, vConstFloatPrgm2;
inline vInt vConstIntPrgm0, vConstIntPrgm1, vConstIntPrgm2, vConstTileId;

enum class RoundMode { Nearest, NearestAway, NearestEven, NearestStochastic, Zero };
enum class DataLayout { Default, None, FSrcB, F16a, F16b, F32, I8, I16, I32, U8, U16, U32, M32, SM8, SM16, SM32 };
enum class ShiftMode { Logical, Arithmetic };
enum class ExponentMode { Debiased, Biased };
enum class MantissaMode { Explicit, ImplicitOne };
enum class LutSign { Retain, Update };
enum class LRegs {
    LReg0, LReg1, LReg2, LReg3, LReg4, LReg5, LReg6, LReg7, LReg8, LReg9, LReg10, LReg11, LReg12, LReg13, LReg14, LReg15,
};

// Modifiers of instructions. Their numbers are not the hardware's: what uses them cannot run.
inline constexpr unsigned SFP_DESTREG_STRIDE = 2;
enum Modifier : unsigned {
    SFPABS_MOD1_INT = 0,
    SFPCAST_MOD1_INT32_TO_FP32_RNE = 0,
    SFPCAST_MOD1_SM32_TO_FP32_RNE = 0,
    SFPENCC_IMM12_BOTH = 0,
    SFPENCC_MOD1_EI_RI = 0,
    SFPENCC_MOD1_EU_R1 = 0,
    SFPEXEXP_MOD1_SET_CC_COMP_EXP = 0,
    SFPEXEXP_MOD1_SET_CC_SGN_EXP = 0,
    SFPEXMAN_MOD1_PAD9 = 0,
    SFPIADD_MOD1_ARG_2SCOMP_LREG_DST = 0,
    SFPIADD_MOD1_ARG_IMM = 0,
    SFPIADD_MOD1_CC_GTE0 = 0,
    SFPIADD_MOD1_CC_LT0 = 0,
    SFPIADD_MOD1_CC_NONE = 0,
    SFPLOADI_MOD0_FLOATA = 0,
    SFPLOADI_MOD0_FLOATB = 0,
    SFPLOADI_MOD0_LOWER = 0,
    SFPLOADI_MOD0_SHORT = 0,
    SFPLOADI_MOD0_UPPER = 0,
    SFPLOADI_MOD0_USHORT = 0,
    SFPLOAD_MOD0_FMT_SRCB = 0,
    SFPLZ_MOD1_CC_NE0 = 0,
    SFPMAD_MOD1_INDIRECT_VA = 0,
    SFPMAD_MOD1_OFFSET_NONE = 0,
    SFPMOV_MOD1_NEGATE = 0,
    SFPSETCC_MOD1_LREG_EQ0 = 0,
    SFPSETCC_MOD1_LREG_GTE0 = 0,
    SFPSETCC_MOD1_LREG_LT0 = 0,
    SFPSETCC_MOD1_LREG_NE0 = 0,
    SFPSETEXP_MOD1_ARG_EXPONENT = 0,
    SFPSETSGN_MOD1_ARG_IMM = 0,
    SFPSHFT2_MOD1_SHFT_IMM = 0,
    SFPSHFT2_MOD1_SHFT_LREG = 0,
    SFPSHFT2_MOD1_SUBVEC_SHFLROR1 = 0,
    SFPSHFT_MOD1_ARG_IMM = 0,
    SFPSTOCHRND_MOD1_FP32_TO_FP16B = 0,
    SFPSTOCHRND_MOD1_FP32_TO_INT16 = 0,
    SFPSTOCHRND_MOD1_FP32_TO_INT8 = 0,
    SFPSTOCHRND_MOD1_FP32_TO_UINT16 = 0,
    SFPSTOCHRND_MOD1_FP32_TO_UINT8 = 0,
    SFPSTOCHRND_RND_EVEN = 0,
    SFPSTORE_MOD0_FMT_LO16 = 0,
    SFPSTORE_MOD0_FMT_SRCB = 0,
    SFPSWAP_MOD1_SWAP = 0,
    SFPSWAP_MOD1_VEC_MIN_MAX = 0,
};

template <class... A>
vFloat multiply_add(const A&...) {
    op_pipeline_needs_the_vendor_compiler();
    return {};
}

}  // namespace sfpi

#define __builtin_rvtt_sfpmad ::sfpi::multiply_add

#define v_if(condition) if ((static_cast<void>(condition), true))
#define v_elseif(condition) else if ((static_cast<void>(condition), true))
#define v_else else
#define v_endif
#define v_block
#define v_endblock
#define v_and(condition) static_cast<void>(condition)
